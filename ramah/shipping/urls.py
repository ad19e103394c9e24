"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path

from ramah.shipping.views import board, carriers, claims, forecasts, labels, panels, parcels, scores

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/orders/<str:public_id>/parcels/", parcels.parcels, name="parcels"),
    path("shop/orders/<str:public_id>/ship/", parcels.ship, name="parcel-ship"),
    path("shop/parcels/<str:public_id>/correct/", parcels.correct, name="parcel-correct"),
    path("shop/parcels/<str:public_id>/arrived/", parcels.arrive, name="parcel-arrived"),
    path("delivery/", board.board, name="deliveries"),
    path("delivery/act/", board.act, name="deliveries-act"),
    path("delivery/undo/", board.undo, name="deliveries-undo"),
    path("delivery/carriers/", scores.scores, name="carrier-scores"),
    path("delivery/forecast/", forecasts.forecast, name="delivery-forecast"),
    path("delivery/claims/", claims.claims, name="carrier-claims"),
    path("delivery/claims/<str:public_id>/", claims.claim, name="carrier-claim"),
    path("delivery/claims/<str:public_id>/drop/", claims.drop, name="carrier-claim-drop"),
    path("delivery/tasks/<str:public_id>/", panels.decide, name="parcel-task"),
    path("panels/parcels/<str:customer_public_id>/", panels.panel, name="delivery-panel"),
    path("shop/parcels/<str:public_id>/ask/", panels.ask, name="parcel-ask"),
    path("shop/parcels/<str:public_id>/lost/", panels.lose, name="parcel-lost"),
    path("shop/parcels/<str:public_id>/claim/", panels.claim, name="parcel-claim"),
    path("shop/orders/<str:public_id>/label/", labels.new_label, name="parcel-label-new"),
    path("shop/parcels/<str:public_id>/label/", labels.make, name="parcel-label-make"),
    path("shop/parcels/<str:public_id>/label.pdf", labels.download, name="parcel-label"),
    path("shop/parcels/<str:public_id>/hand-over/", labels.leave, name="parcel-leave"),
    path("settings/carriers/", carriers.carriers, name="carriers"),
    path("settings/carriers/new/", carriers.new_carrier, name="new-carrier"),
    path("settings/carriers/accounts/new/", carriers.new_account, name="new-carrier-account"),
    path("settings/carriers/accounts/new/<slug:provider>/", carriers.new_account_with, name="new-carrier-account-with"),
    path("settings/carriers/accounts/<str:public_id>/", carriers.account, name="carrier-account"),
    path("settings/carriers/accounts/<str:public_id>/test/", carriers.try_it, name="carrier-account-test"),
    path("settings/carriers/accounts/<str:public_id>/pause/", carriers.pause, name="carrier-account-pause"),
    path("settings/carriers/<str:public_id>/", carriers.carrier, name="carrier"),
]
