from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from kaibo.login import link_views, token_views, views

app_name = "login"
urlpatterns: list[URLPattern] = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("password/", views.password, name="password"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("invitation/<str:text>/", link_views.invitation, name="invitation"),
    path("new-password/<str:text>/", link_views.reset, name="reset"),
    path("start/", views.first_run, name="first_run"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
]
