from django.urls import path, re_path

from kaibo.imports import views

app_name = "imports"
urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/<int:pk>/", views.batch, name="batch"),
    path("batches/<int:pk>/replaced/", views.batch_replaced, name="replaced"),
    re_path(r"^batches/(?P<pk>\d+)/rejects\.(?P<ending>xlsx|csv)$", views.rejects_file, name="rejects"),
    path("batches/<int:pk>/rows/<int:row>/", views.row, name="row"),
]
