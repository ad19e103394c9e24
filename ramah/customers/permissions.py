"""What agents may do with customers."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, STAFF, permission

VIEW = permission("customers.view", to=EVERYONE, says=_("See customers and what they told"))
EDIT = permission("customers.edit", to=STAFF, says=_("Change customers and their addresses"))
MERGE = permission("customers.merge", to=STAFF, says=_("Merge two customers into one, and undo it"))

# Lines of the ladder that no agent needs: what customers do with what is theirs.
KEEP_ACCOUNT = "customers.keep_account"
CHANGE_CONTACT = "customers.change_contact"
