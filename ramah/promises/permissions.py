"""What agents may do with promises."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW = permission("promises.view", to=EVERYONE, says=_("See what was promised to customers"))
RENEGOTIATE = permission("promises.renegotiate", to=STAFF, says=_("Agree on another time for a promise"))
CALENDARS = permission("promises.calendars", to=LEADS, says=_("Set opening hours and days off"))
