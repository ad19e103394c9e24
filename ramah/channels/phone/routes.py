"""Addresses of the phone at the desk; what providers post comes to /hooks/phone/."""

from django.urls import path

from ramah.channels.phone import setting_views, views

routes = [
    path("desk/calls/", views.calls, name="phone-calls"),
    path("desk/calls/new/", views.new_call, name="phone-new-call"),
    path("desk/calls/out/", views.call_conversation, name="phone-call"),
    path("desk/calls/<str:public_id>/back/", views.call_back, name="phone-call-back"),
    path("desk/calls/<str:public_id>/note/", views.note, name="phone-note"),
    path("desk/calls/<str:public_id>/proof/", views.proof, name="phone-proof"),
    path("desk/calls/<str:public_id>/hand-over/", views.hand_over, name="phone-hand-over"),
    path("desk/calls/<str:public_id>/hang-up/", views.hang_up, name="phone-hang-up"),
    path("desk/panels/<str:customer_public_id>/calls/", views.panel, name="phone-panel"),
    path("desk/settings/phone/", setting_views.phones, name="phone-settings-all"),
    path("desk/settings/phone/<str:public_id>/", setting_views.phone, name="phone-settings"),
]
