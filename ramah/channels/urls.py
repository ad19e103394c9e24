"""Addresses of the app: what providers post to, and the settings of inboxes."""

from django.urls import URLPattern, URLResolver, path

from ramah.channels.chat.routes import routes as chat_routes
from ramah.channels.email import views as email
from ramah.channels.phone.routes import routes as phone_routes
from ramah.channels.views import accounts, hooks, intake, rerouting, templates

_INBOX = "desk/settings/inboxes/<str:public_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    *chat_routes,
    *phone_routes,
    path("hooks/email/<slug:inbox_key>", email.email_hook, name="channels-email-hook"),
    path("hooks/<slug:channel>/<slug:inbox_key>", hooks.hook, name="channels-hook"),
    path("hooks/<slug:channel>/<slug:inbox_key>/<path:rest>", hooks.hook, name="channels-hook-part"),
    path("desk/settings/inboxes/", accounts.inboxes, name="channels-inboxes"),
    path("desk/settings/inboxes/new/", accounts.new_inbox, name="channels-new-inbox"),
    path("desk/settings/inboxes/new/<slug:channel>/", accounts.new_inbox_of, name="channels-new-inbox-of"),
    path(_INBOX, accounts.edit_inbox, name="channels-inbox"),
    path(f"{_INBOX}pause/", accounts.pause, name="channels-inbox-pause"),
    path(f"{_INBOX}test/", accounts.try_inbox, name="channels-inbox-test"),
    path(f"{_INBOX}connect/", accounts.connect, name="channels-inbox-connect"),
    path(f"{_INBOX}identity-secret/", accounts.identity_secret, name="channels-inbox-secret"),
    path(f"{_INBOX}templates/", templates.inbox_templates, name="channels-inbox-templates"),
    path(f"{_INBOX}templates/fetch/", templates.fetch_templates, name="channels-inbox-templates-fetch"),
    path("desk/c/<str:public_id>/templates/", templates.choose_template, name="channels-templates"),
    path("desk/c/<str:public_id>/templates/send/", templates.fill_template, name="channels-template"),
    path("desk/deliveries/<str:public_id>/ways/", rerouting.other_ways_of, name="channels-other-ways"),
    path("desk/deliveries/<str:public_id>/ways/send/", rerouting.send, name="channels-send-another-way"),
    path("desk/settings/mailboxes/", email.mailbox_list, name="channels-mailboxes"),
    path("desk/settings/mailboxes/new/", email.new_mailbox, name="channels-new-mailbox"),
    path("desk/settings/mailboxes/<str:public_id>/", email.edit_mailbox, name="channels-mailbox"),
    path("desk/settings/mailboxes/<str:public_id>/test/", email.try_mailbox, name="channels-try-mailbox"),
    path("desk/settings/quarantine/", intake.items, name="channels-intake"),
    path("desk/settings/quarantine/replay/", intake.replay_many, name="channels-intake-replay-many"),
    path("desk/settings/quarantine/<str:public_id>/", intake.item, name="channels-intake-item"),
    path("desk/settings/quarantine/<str:public_id>/mail.eml", intake.download, name="channels-intake-download"),
    path("desk/settings/quarantine/<str:public_id>/replay/", intake.replay, name="channels-intake-replay"),
    path("desk/settings/quarantine/<str:public_id>/set-aside/", intake.set_aside, name="channels-intake-set-aside"),
]
