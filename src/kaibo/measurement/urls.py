from django.urls import path

from kaibo.measurement import daily_views, matches_views, views

app_name = "measurement"
urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions.xlsx", views.sessions_file, name="sessions_file"),
    path("sessions/<int:pk>/", views.session, name="session"),
    path("matches/", matches_views.matches, name="matches"),
    path("matches/undo/", matches_views.undo_match, name="undo_match"),
    path("daily/", daily_views.daily, name="daily"),
    path("daily.xlsx", daily_views.daily_file, name="daily_file"),
    path("daily.svg", daily_views.daily_picture, name="daily_picture"),
]
