from django.urls import URLPattern, path, register_converter

from kaibo.appraisal.period import MonthConverter
from kaibo.home import api_views, months_api, records_views, scores_api

register_converter(MonthConverter, "api_month")

app_name = "api"
urlpatterns: list[URLPattern] = [
    path("uploads/", api_views.uploads, name="uploads"),
    path("uploads/<int:pk>/", api_views.upload, name="upload"),
    path("uploads/<int:pk>/answers/", api_views.answers, name="answers"),
    path("uploads/<int:pk>/confirm/", api_views.confirm, name="confirm"),
    path("uploads/<int:pk>/cancel/", api_views.cancel, name="cancel"),
    path("batches/", api_views.batches, name="batches"),
    path("batches/<int:pk>/", api_views.batch, name="batch"),
    path("batches/<int:pk>/withdraw/", api_views.withdraw, name="withdraw"),
    path("batches/<int:pk>/restore/", api_views.restore, name="restore"),
    path("facts/", api_views.facts, name="facts"),
    path("months/", months_api.months, name="months"),
    path("months/<api_month:month>/", months_api.month, name="month"),
    path("months/<api_month:month>/verify/", months_api.verify, name="verify"),
    path("people/<int:pk>/<api_month:month>/", scores_api.person_month, name="person_month"),
    *records_views.addresses(),
]
