"""What the roles may do with notices."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW_NOTICES = permission("notices.view", to=EVERYONE, says=_("See notices and what became of them"))
SEND_NOTICES = permission(
    "notices.send", to=STAFF, says=_("Tell customers of their parcels by hand, and spare them notices")
)
MANAGE_NOTICES = permission("notices.manage", to=LEADS, says=_("Write notice rules, try them out and let them go live"))
STOP_NOTICES = permission("notices.stop", to=STAFF, says=_("Stop all notices at once"))
