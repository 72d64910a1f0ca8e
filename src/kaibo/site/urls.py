"""Every address of the product, one include per app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kaibo.look.urls")),
    path("", include("kaibo.login.urls")),
    path("", include("kaibo.home.urls")),
    path("api/v1/", include("kaibo.home.api_urls")),
    path("", include("kaibo.imports.urls")),
    path("", include("kaibo.org.urls")),
    path("", include("kaibo.live.urls")),
    path("", include("kaibo.measurement.urls")),
    path("", include("kaibo.appraisal.urls")),
    path("", include("kaibo.closing.urls")),
    path("", include("kaibo.jobs.urls")),
]
