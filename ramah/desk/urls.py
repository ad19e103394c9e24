"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path, re_path

from ramah.desk.lists import VIEWS
from ramah.desk.views import (
    failures,
    files,
    lists,
    live,
    organizing,
    outbox,
    panels,
    policies,
    replying,
    search,
    settings,
    threads,
)

_CONVERSATION = "c/<str:public_id>/"
_DECISIONS = ("take", "assign", "team", "status", "snooze", "priority", "tags", "merge", "split")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.home, name="desk"),
    path("waiting/", live.waiting, name="desk_waiting"),
    path("live/", live.live, name="desk_live"),
    path("presence/", live.presence, name="desk_presence"),
    re_path(rf"^(?P<key>{'|'.join(VIEWS)})/$", lists.view, name="desk_view"),
    path("team/<str:public_id>/", lists.team, name="desk_team_list"),
    path("nav/", lists.nav, name="desk_nav"),
    path("bulk/", lists.bulk, name="desk_bulk"),
    path("search/", search.search, name="desk_search"),
    path(_CONVERSATION, threads.conversation, name="desk_conversation"),
    path(f"{_CONVERSATION}lines/", threads.lines, name="desk_lines"),
    path(f"{_CONVERSATION}seen/", threads.seen, name="desk_seen"),
    path(f"{_CONVERSATION}visitor/", live.visitor, name="desk_visitor"),
    path(f"{_CONVERSATION}offer/take/", live.take_offer, name="desk_take_offer"),
    path(f"{_CONVERSATION}offer/pass/", live.pass_offer, name="desk_pass_offer"),
    path(f"{_CONVERSATION}reply/", replying.reply, name="desk_reply"),
    path(f"{_CONVERSATION}draft/", replying.draft, name="desk_draft"),
    path(f"{_CONVERSATION}actions/", organizing.actions, name="desk_actions"),
    *(path(f"{_CONVERSATION}{name}/", getattr(organizing, name), name=f"desk_{name}") for name in _DECISIONS),
    path(f"{_CONVERSATION}colleagues/", organizing.colleagues, name="desk_colleagues"),
    path("deliveries/<str:public_id>/retry/", replying.retry, name="desk_retry"),
    path("messages/<str:public_id>/html/", files.html, name="desk_html"),
    path("messages/<str:public_id>/text/", files.text, name="desk_text"),
    path("attachments/<str:public_id>/", files.attachment, name="desk_attachment"),
    path("panels/conversations/<str:customer_public_id>/", panels.conversations, name="desk_conversations_panel"),
    path("settings/", settings.index, name="desk_settings"),
    path("settings/sla/", policies.policies, name="desk_policies"),
    path("settings/sla/new/", policies.policy, name="desk_new_policy"),
    path("settings/sla/<str:public_id>/", policies.policy, name="desk_policy"),
    path("settings/outbox/", outbox.outbox, name="desk_outbox"),
    path("settings/outbox/<str:public_id>/", outbox.delivery, name="desk_delivery"),
    path("settings/failures/", failures.failures, name="desk_failures"),
    path("settings/failures/<int:run_id>/retry/", failures.retry, name="desk_retry_run"),
]
