"""What the desk offers to other apps' pages: presence and offers, a customer's conversations, links to its pages and settings."""

from django.utils.translation import gettext_lazy as _

from ramah.conversations.permissions import VIEW, VIEW_DELIVERIES
from ramah.desk import permissions
from ramah.desk.lists import CONVERSATIONS
from ramah.kernel.access import ANY_AGENT
from ramah.kernel.panels import CustomerPanel, register_panel
from ramah.ui.desk_parts import END, HEAD, TOP, register_desk_part
from ramah.ui.navigation import SETTINGS, NavLink, register_link

register_desk_part(HEAD, "desk/parts/presence.html", VIEW)
register_desk_part(TOP, "desk/parts/chats.html", VIEW)
register_desk_part(END, "desk/parts/offers.html", VIEW)
register_panel(
    CustomerPanel("conversations", _("Conversations"), "desk_conversations_panel", VIEW, icon="chat", order=40)
)
register_link(NavLink(CONVERSATIONS, _("Conversations"), "desk", VIEW, icon="chat", order=10))
register_link(
    NavLink("settings", _("Settings"), "desk_settings", ANY_AGENT, icon="settings", group=_("Elsewhere"), order=900)
)
register_link(
    NavLink(
        "sla",
        _("SLA policies"),
        "desk_policies",
        permissions.MANAGE_SLA,
        icon="flag",
        place=SETTINGS,
        group=_("Service"),
        order=30,
    )
)
register_link(
    NavLink(
        "outbox",
        _("Outbox"),
        "desk_outbox",
        VIEW_DELIVERIES,
        icon="out-box",
        place=SETTINGS,
        group=_("Operation"),
        order=60,
    )
)
register_link(
    NavLink(
        "failures",
        _("Failed work"),
        "desk_failures",
        permissions.VIEW_FAILURES,
        icon="alert",
        place=SETTINGS,
        group=_("Operation"),
        order=80,
    )
)
