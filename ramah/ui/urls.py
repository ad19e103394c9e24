"""Addresses of the app."""

from django.urls import path

from ramah.ui import views

urlpatterns = [
    path("ui/language/", views.choose_language, name="choose_language"),
    path("ui/theme/", views.choose_theme, name="choose_theme"),
    path("ui/parts/", views.parts, name="ui_parts"),
    path("ui/parts/<slug:layout>/", views.parts, name="ui_parts_layout"),
]
