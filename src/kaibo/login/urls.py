from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from kaibo.login import company_views, link_views, security_views, token_views, views

app_name = "login"
urlpatterns: list[URLPattern] = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/second/", views.second_factor, name="second_factor"),
    path("sign-in/company/", company_views.company, name="company"),
    path("sign-in/company/answer/", company_views.company_answer, name="company_answer"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("password/", views.password, name="password"),
    path("confirm/", security_views.confirm, name="confirm"),
    path("security/", security_views.security, name="security"),
    path("security/app/", security_views.add_app, name="add_app"),
    path("security/passkey/", security_views.add_passkey, name="add_passkey"),
    path("security/factors/<int:pk>/remove/", security_views.remove_factor, name="remove_factor"),
    path("security/codes/", security_views.new_codes, name="new_codes"),
    path("security/sessions/end/", security_views.end_sessions, name="end_sessions"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("invitation/<str:text>/", link_views.invitation, name="invitation"),
    path("new-password/<str:text>/", link_views.reset, name="reset"),
    path("start/", views.first_run, name="first_run"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
]
