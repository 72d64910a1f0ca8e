from django.urls import path, register_converter

from kaibo.appraisal.period import MonthConverter
from kaibo.closing import views

register_converter(MonthConverter, "closed_month")

app_name = "closing"
urlpatterns = [
    path("months/", views.months, name="months"),
    path("months/<closed_month:month>/", views.month, name="month"),
    path("months/<closed_month:month>/close/", views.close, name="close"),
    path("months/<closed_month:month>/reopen/", views.reopen, name="reopen"),
    path("months/<closed_month:month>/verify/", views.verify, name="verify"),
    path("months/<closed_month:month>/bundle/", views.bundle, name="bundle"),
]
