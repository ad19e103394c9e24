"""What the roles may do with channels."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW_INTAKE = permission("channels.view_intake", to=STAFF, says=_("See quarantined and ignored items"))
REPLAY = permission("channels.replay", to=LEADS, says=_("Try quarantined items again or set them aside"))
MANAGE_INBOXES = permission("channels.manage_inboxes", to=LEADS, says=_("Set up inboxes and mailboxes"))
CALL = permission("channels.call", to=EVERYONE, says=_("Call customers, and write down calls"))
