"""Addresses of the app: what providers post to, and the settings of inboxes."""

from django.urls import URLPattern, URLResolver, path

from ramah.channels.email import views as email
from ramah.channels.views import intake

urlpatterns: list[URLPattern | URLResolver] = [
    path("hooks/email/<slug:inbox_key>", email.email_hook, name="channels-email-hook"),
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
