from django.urls import path

from kaibo.appraisal.appeals import views

patterns = [
    path("appeals/", views.appeals, name="appeals"),
    path("appeals/statistics/", views.appeal_statistics, name="appeal_statistics"),
    path("appeals/new/<int:review>/", views.new_appeal, name="new_appeal"),
    path("appeals/<int:appeal>/", views.appeal, name="appeal"),
    path("appeals/<int:appeal>/decide/", views.decide_appeal, name="decide_appeal"),
    path("appeals/<int:appeal>/hand-over/", views.hand_over_appeal, name="hand_over_appeal"),
    path("appeals/<int:appeal>/settle/", views.settle_appeal, name="settle_appeal"),
    path("appeals/<int:appeal>/second/", views.second_level, name="second_level"),
    path("appeals/<int:appeal>/withdraw/", views.withdraw_appeal, name="withdraw_appeal"),
    path("appeals/files/<int:file>/", views.appeal_file, name="appeal_file"),
]
