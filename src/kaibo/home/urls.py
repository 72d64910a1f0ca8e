from django.urls import URLPattern, path

from kaibo.home import views

app_name = "home"
urlpatterns: list[URLPattern] = [
    path("", views.today, name="today"),
]
