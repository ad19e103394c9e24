"""Addresses of the app, under desk/."""

from django.urls import path

from ramah.notices.views import rules, sent, settings, trying

urlpatterns = [
    path("notices/", rules.rules, name="notice-rules"),
    path("notices/new/", rules.new, name="notice-rule-new"),
    path("notices/preview/", rules.see, name="notice-preview"),
    path("notices/sent/", sent.sent, name="notices-sent"),
    path("notices/effect/", sent.effect, name="notices-effect"),
    path("notices/<slug:key>/", rules.rule, name="notice-rule"),
    path("notices/<slug:key>/dry-run/", trying.dry_run, name="notice-dry-run"),
    path("notices/<slug:key>/live/", rules.live, name="notice-rule-live"),
    path("notices/<slug:key>/off/", rules.pause, name="notice-rule-pause"),
    path("notices/<slug:key>/release/", rules.release, name="notice-rule-release"),
    path("notices/<slug:key>/drop/", rules.drop, name="notice-rule-drop"),
    path("settings/notices/", settings.settings, name="notice-settings"),
    path("settings/notices/stop/", settings.stop, name="notices-stop"),
    path("settings/notices/start/", settings.start, name="notices-start"),
    path("settings/notices/change/", settings.change, name="notice-settings-change"),
    path("settings/notices/spare/", settings.spare, name="notice-spare"),
    path("settings/notices/spare/<str:public_id>/lift/", settings.lift, name="notice-spare-lift"),
]
