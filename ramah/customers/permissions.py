"""What agents may do with customers."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, permission

VIEW = permission("customers.view", to=EVERYONE, says=_("See customers and what they told"))
