from django.urls import URLPattern, path

from kaibo.look import views

app_name = "look"
urlpatterns: list[URLPattern] = [path("look/", views.states, name="states")]
