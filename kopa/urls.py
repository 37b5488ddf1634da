"""Every address of KOPA. Pages stand under their language; the API and health checks do not."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

handler500 = "kopa.portal.failing.failed"
urlpatterns = [
    path("", include("kopa.portal.urls_plain")),
    path("api/v1/", include("kopa.portal.api")),
    *i18n_patterns(
        # Addresses are tried in this order: first those that thousands ask for in the same minute.
        path("", include("applications.urls")),
        path("", include("kopa.portal.urls")),
        path("", include("kopa.accounts.urls")),
        path("", include("kopa.letters.urls")),
        path("", include("kopa.portal.urls_municipalities")),
        path("", include("kopa.portal.urls_providers")),
        path("", include("providers.urls")),
        path("", include("kopa.portal.urls_pilots")),
        path("", include("agreements.urls")),
        path("", include("offerings.urls")),
        path("", include("corrections.urls")),
    ),
]
