from django.urls import URLPattern, path

from kaibo.home import sources_page, upload_views, views

app_name = "home"
urlpatterns: list[URLPattern] = [
    path("", views.today, name="today"),
    path("upload/", upload_views.upload, name="upload"),
    path("upload/<int:pk>/", upload_views.upload_one, name="upload_one"),
    path("sources/", sources_page.sources, name="sources"),
]
