"""Addresses of live chat. Its socket stands in `config/asgi.py`: `/chat/socket/<inbox key>/`."""

from django.urls import URLPattern, path

from ramah.channels.chat import views

routes: list[URLPattern] = [
    path("chat/widget.js", views.loader, name="chat_loader"),
    path("chat/frame/<slug:inbox_key>/", views.frame, name="chat_frame"),
    path("chat/files/<str:public_id>", views.file, name="chat_file"),
    path("chat/<slug:inbox_key>/state", views.state, name="chat_state"),
    path("chat/<slug:inbox_key>/start", views.start, name="chat_start"),
    path("chat/<slug:inbox_key>/say", views.say, name="chat_say"),
    path("chat/<slug:inbox_key>/lines", views.lines, name="chat_lines"),
    path("chat/<slug:inbox_key>/files", views.files, name="chat_files"),
    path("chat/<slug:inbox_key>/read", views.read, name="chat_read"),
    path("chat/<slug:inbox_key>/details", views.details, name="chat_details"),
    path("chat/<slug:inbox_key>/rating", views.rating, name="chat_rating"),
    path("chat/<slug:inbox_key>/transcript", views.transcript, name="chat_transcript"),
]
