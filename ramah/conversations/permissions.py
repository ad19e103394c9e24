"""What the roles may do with conversations."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW = permission("conversations.view", to=EVERYONE, says=_("Read conversations of the inboxes of one's teams"))
VIEW_ALL = permission("conversations.view_all", to=LEADS, says=_("Read conversations of every inbox"))
REPLY = permission("conversations.reply", to=EVERYONE, says=_("Answer customers"))
NOTE = permission("conversations.note", to=EVERYONE, says=_("Write private notes"))
ORGANIZE = permission("conversations.organize", to=EVERYONE, says=_("Assign, tag, snooze and resolve conversations"))
MERGE = permission("conversations.merge", to=STAFF, says=_("Merge and split conversations"))
VIEW_DELIVERIES = permission(
    "conversations.view_deliveries", to=STAFF, says=_("See outgoing messages and those that failed")
)
