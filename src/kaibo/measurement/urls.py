from django.urls import path

from kaibo.measurement import (
    compare_views,
    daily_views,
    left_out_views,
    matches_views,
    note_views,
    rates_views,
    session_views,
    tags_views,
    views,
)

app_name = "measurement"
urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions.xlsx", views.sessions_file, name="sessions_file"),
    path("sessions/compare/", compare_views.compare, name="compare"),
    path("sessions/<int:pk>/", session_views.session, name="session"),
    path("sessions/<int:pk>/minutes/", session_views.minutes, name="minutes"),
    path("sessions/<int:pk>/minutes.xlsx", session_views.minutes_file, name="minutes_file"),
    path("sessions/<int:pk>/products/", session_views.products, name="products"),
    path("sessions/<int:pk>/products.xlsx", session_views.products_file, name="products_file"),
    path("sessions/<int:pk>/notes/", note_views.notes, name="notes"),
    path("notes/<int:pk>/", note_views.note, name="note"),
    path("notes/<int:pk>/remove/", note_views.remove, name="remove_note"),
    path("notes.xlsx", note_views.notes_file, name="notes_file"),
    path("matches/", matches_views.matches, name="matches"),
    path("matches/undo/", matches_views.undo_match, name="undo_match"),
    path("rates/", rates_views.rates, name="rates"),
    path("rates/undo/", rates_views.undo_rates, name="undo_rates"),
    path("tags/", tags_views.tags, name="tags"),
    path("tags/template.xlsx", tags_views.tags_template, name="tags_template"),
    path("tags/rules/<int:pk>/retire/", tags_views.retire_rule, name="retire_rule"),
    path("tags/lists/<int:pk>/withdraw/", tags_views.withdraw_list, name="withdraw_list"),
    path("left-out/", left_out_views.left_out, name="left_out"),
    path("left-out.xlsx", left_out_views.left_out_file, name="left_out_file"),
    path("daily/", daily_views.daily, name="daily"),
    path("daily.xlsx", daily_views.daily_file, name="daily_file"),
    path("daily.svg", daily_views.daily_picture, name="daily_picture"),
]
