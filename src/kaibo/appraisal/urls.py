from django.urls import path, register_converter

from kaibo.appraisal import views
from kaibo.appraisal.period import MonthConverter

register_converter(MonthConverter, "month")

app_name = "appraisal"
urlpatterns = [
    path("me/", views.mine, name="mine"),
    path("people/<int:pk>/newest/", views.newest, name="newest"),
    path("people/<int:pk>/<month:month>/", views.month, name="month"),
    path("people/<int:pk>/<month:month>/<slug:kpi>/", views.line, name="line"),
    path("people/<int:pk>/<month:month>/<slug:kpi>/export/", views.export, name="export"),
]
