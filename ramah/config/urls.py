"""All addresses. Each app brings its own; every route states its access (checked by a test)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from ramah.accounts.urls import settings_urlpatterns
from ramah.config.health import healthz, readyz
from ramah.config.metrics import metrics
from ramah.kernel.access import public


@public("leads on to the desk, which asks for a log-in")
def front_door(request: HttpRequest) -> HttpResponse:
    """The shop's own pages will stand here; until then the desk is all there is."""
    return redirect("desk")


urlpatterns = [
    path("", front_door, name="front_door"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("ramah.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("desk/settings/", include(settings_urlpatterns)),
    path("desk/", include("ramah.customers.urls")),
    path("desk/", include("ramah.commerce.urls")),
    path("desk/", include("ramah.promises.urls")),
    path("", include("ramah.channels.urls")),
    path("desk/", include("ramah.desk.urls")),
    path("", include("ramah.ui.urls")),
]

handler400 = "ramah.ui.errors.bad_request"
handler403 = "ramah.ui.errors.forbidden"
handler404 = "ramah.ui.errors.not_found"
handler429 = "ramah.ui.errors.too_many_requests"  # asked for by allauth
handler500 = "ramah.ui.errors.server_error"
