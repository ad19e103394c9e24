"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path

from ramah.promises import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("panels/promises/<str:customer_public_id>/", views.panel, name="promises-panel"),
    path("settings/calendars/", views.calendars, name="promises-calendars"),
    path("settings/calendars/new/", views.new_calendar, name="promises-new-calendar"),
    path("settings/calendars/<str:public_id>/", views.calendar, name="promises-calendar"),
    path("settings/calendars/<str:public_id>/delete/", views.delete_calendar, name="promises-delete-calendar"),
]
