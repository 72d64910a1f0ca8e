from django.urls import URLPattern, path, register_converter

from kaibo.appraisal.period import MonthConverter
from kaibo.home import (
    api_views,
    batches_api,
    columns_api,
    evidence_api,
    months_api,
    openapi,
    papers_api,
    records_views,
    scores_api,
)

register_converter(MonthConverter, "api_month")

app_name = "api"
urlpatterns: list[URLPattern] = [
    path("uploads/", api_views.uploads, name="uploads"),
    path("uploads/<int:pk>/", api_views.upload, name="upload"),
    path("uploads/<int:pk>/answers/", api_views.answers, name="answers"),
    path("uploads/<int:pk>/confirm/", api_views.confirm, name="confirm"),
    path("uploads/<int:pk>/cancel/", api_views.cancel, name="cancel"),
    path("uploads/<int:pk>/columns/", columns_api.columns, name="columns"),
    path("batches/", batches_api.batches, name="batches"),
    path("batches/<int:pk>/", batches_api.batch, name="batch"),
    path("batches/<int:pk>/rows/<int:row>/", batches_api.row, name="row"),
    path("batches/<int:pk>/withdraw/", batches_api.withdraw, name="withdraw"),
    path("batches/<int:pk>/restore/", batches_api.restore, name="restore"),
    path("batches/<int:pk>/hold/", batches_api.hold, name="hold"),
    path("batches/<int:pk>/release/", batches_api.release, name="release"),
    path("batches/<int:pk>/period/", batches_api.period, name="period"),
    path("facts/sweep/", batches_api.sweep, name="sweep"),
    path("facts/", batches_api.facts, name="facts"),
    path("months/", months_api.months, name="months"),
    path("months/<api_month:month>/", months_api.month, name="month"),
    path("months/<api_month:month>/verify/", months_api.verify, name="verify"),
    path("people/<int:pk>/<api_month:month>/", scores_api.person_month, name="person_month"),
    path("openapi.json", openapi.openapi, name="openapi"),
    path("appeal-files/<int:pk>/", evidence_api.file, name="appeal_file"),
    path("reviews/<int:pk>/review.pdf", papers_api.review_pdf, name="review_pdf"),
    path("cards/card.pdf", papers_api.card_pdf, name="card_pdf"),
    path("cards/card.xlsx", papers_api.card_xlsx, name="card_xlsx"),
    *records_views.addresses(),
    # no page of the browser's for a program that asks for what there is not
    path("<path:rest>/", api_views.nowhere, name="nowhere"),
]
