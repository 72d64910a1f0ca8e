from django.urls import path, register_converter

from kaibo.appraisal import team_views, views
from kaibo.appraisal.period import MonthConverter

register_converter(MonthConverter, "month")

app_name = "appraisal"
urlpatterns = [
    path("team/", team_views.team, name="team"),
    path("team.xlsx", team_views.team_file, name="team_file"),
    path("team/compare/", team_views.compare, name="compare"),
    path("me/", views.mine, name="mine"),
    path("people/<int:pk>/newest/", views.newest, name="newest"),
    path("people/<int:pk>/<month:month>/", views.month, name="month"),
    path("people/<int:pk>/<month:month>/<slug:kpi>/", views.line, name="line"),
    path("people/<int:pk>/<month:month>/<slug:kpi>/export/", views.export, name="export"),
]
