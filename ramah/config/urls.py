"""All addresses. Each app brings its own; every route states its access (checked by a test)."""

from django.urls import include, path

from ramah.accounts.urls import settings_urlpatterns
from ramah.config.health import healthz, readyz
from ramah.config.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("ramah.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("desk/settings/", include(settings_urlpatterns)),
    path("desk/", include("ramah.customers.urls")),
    path("desk/", include("ramah.commerce.urls")),
    path("desk/", include("ramah.shipping.urls")),
    path("desk/", include("ramah.promises.urls")),
    path("desk/", include("ramah.notices.urls")),
    path("hooks/carriers/", include("ramah.shipping.hook_urls")),  # before channels, who take whatever follows `hooks/`
    path("", include("ramah.channels.urls")),
    path("desk/", include("ramah.desk.urls")),
    path("", include("ramah.ui.urls")),
    path("", include("ramah.storefront.urls")),
]

handler400 = "ramah.ui.errors.bad_request"
handler403 = "ramah.ui.errors.forbidden"
handler404 = "ramah.ui.errors.not_found"
handler429 = "ramah.ui.errors.too_many_requests"  # asked for by allauth
handler500 = "ramah.ui.errors.server_error"
