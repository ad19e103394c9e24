"""Where parcels are, the choices in notices, and what customers want to be told."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import choosing, notice_settings, order_doors, tracking

_THEN = {"then": order_doors.TO_TRACKING}

urlpatterns: list[URLPattern | URLResolver] = [
    path("track/", order_doors.find, _THEN, name="track_find"),
    path("track/code/", order_doors.code, _THEN, name="track_code"),
    path("track/open/<str:token>/", order_doors.open_link, _THEN, name="track_open"),
    path("track/choose/<str:token>/", choosing.choose, name="notice_choose"),
    path("track/chosen/<str:token>/", choosing.chosen, name="notice_chosen"),
    path("track/<str:public_id>/", tracking.track, name="track"),
    path("track/<str:public_id>/parcels/<str:parcel>/", tracking.ask, name="track_ask"),
    path("account/notices/", notice_settings.own, name="account_notices"),
    path("notices/preferences/<str:token>/", notice_settings.by_link, name="notice_preferences"),
    path("notices/unsubscribe/<str:token>/", notice_settings.unsubscribe, name="notice_unsubscribe"),
]
