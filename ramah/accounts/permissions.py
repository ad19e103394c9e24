"""What may be done to accounts, and by whom."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel import masking
from ramah.kernel.access import ANY_AGENT
from ramah.kernel.permissions import EVERYONE, LEADS, OWNERS, STAFF, permission

WORK_HERE = permission(ANY_AGENT, to=EVERYONE, says=_("Log in to the desk"))
SEE_CONTACT_DATA = permission(
    masking.SEE_CONTACT_DATA, to=STAFF, says=_("See e-mail addresses and phone numbers in full")
)
MANAGE_AGENTS = permission(
    "accounts.manage_agents", to=OWNERS, says=_("Invite and deactivate agents and change their roles")
)
MANAGE_TEAMS = permission("accounts.manage_teams", to=LEADS, says=_("Make teams and choose who belongs to them"))
MANAGE_SECURITY = permission(
    "accounts.manage_security", to=OWNERS, says=_("Require second factors and set limits of authority")
)
VIEW_AUDIT = permission("accounts.view_audit", to=OWNERS, says=_("Read the audit log"))
