"""What the roles may do at the desk, beyond what conversations allow."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import LEADS, permission

MANAGE_SLA = permission("desk.manage_sla", to=LEADS, says=_("Set which promises a conversation gets"))
VIEW_FAILURES = permission("desk.view_failures", to=LEADS, says=_("See background work that failed, and try it again"))
