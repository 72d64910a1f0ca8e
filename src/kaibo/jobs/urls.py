from django.urls import URLPattern, path

from kaibo.jobs import views

app_name = "jobs"
urlpatterns: list[URLPattern] = [path("jobs/<int:pk>/", views.job, name="job")]
