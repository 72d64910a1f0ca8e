from django.urls import URLPattern, path

from kaibo.home import mapping_views, sources_page, upload_views, views, wizard_views
from kaibo.home.audit import views as audit_views

app_name = "home"
urlpatterns: list[URLPattern] = [
    path("", views.today, name="today"),
    path("upload/", upload_views.upload, name="upload"),
    path("upload/<int:pk>/", upload_views.upload_one, name="upload_one"),
    path("upload/<int:pk>/columns/", wizard_views.wizard, name="wizard"),
    path("audit/", audit_views.audit, name="audit"),
    path("audit/export/", audit_views.export, name="audit_export"),
    path("sources/", sources_page.sources, name="sources"),
    path("mappings/", mapping_views.mappings, name="mappings"),
    path("mappings/<int:pk>/", mapping_views.mapping, name="mapping"),
]
