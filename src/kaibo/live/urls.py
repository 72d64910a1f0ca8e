from django.urls import path

from kaibo.live.views import answering, explaining, outages, rooms, roster, shift, shifts

app_name = "live"
urlpatterns = [
    path("shifts/", shifts.shifts, name="shifts"),
    path("shifts/confirm/", shifts.confirm, name="confirm"),
    path("shifts/undo/", shifts.undo, name="undo"),
    path("shifts/add/", shift.add, name="add_shift"),
    path("shifts/<int:pk>/", shift.shift, name="shift"),
    path("shifts/<int:pk>/edit/", shift.edit, name="edit_shift"),
    path("shifts/<int:pk>/absent/", shift.absent, name="absent"),
    path("shifts/<int:pk>/cancel/", shift.cancel, name="cancel"),
    path("shifts/<int:pk>/lead/", shift.lead, name="lead"),
    path("shifts/<int:pk>/flag/", shift.flag, name="flag"),
    path("shifts/<int:pk>/unflag/", shift.unflag, name="unflag"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/add/", rooms.add_room, name="add_room"),
    path("rooms/<int:pk>/", rooms.room, name="room"),
    path("rooms/<int:pk>/edit/", rooms.edit_room, name="edit_room"),
    path("rooms/<int:pk>/responsible/", answering.responsibilities, name="responsibilities"),
    path("responsible/<int:pk>/end/", answering.end_responsibility, name="end_responsibility"),
    path("responsible/<int:pk>/remove/", answering.remove_responsibility, name="remove_responsibility"),
    path("ad-accounts/", answering.ad_accounts, name="ad_accounts"),
    path("outages/", outages.outages, name="outages"),
    path("outages/confirm/", outages.confirm, name="confirm_outages"),
    path("outages/<int:pk>/", outages.outage, name="outage"),
    path("outages/<int:pk>/remove/", outages.remove, name="remove_outage"),
    path("rooms/<int:pk>/target/", rooms.set_target, name="set_target"),
    path("rooms/<int:pk>/sessions/add/", rooms.add_session, name="add_session"),
    path("sessions/<int:pk>/edit/", rooms.edit_session, name="edit_session"),
    path("sessions/<int:pk>/remove/", rooms.remove_session, name="remove_session"),
    path("roster/", roster.roster, name="roster"),
    path("codes/", explaining.codes, name="codes"),
    path("codes/<int:pk>/remove/", explaining.remove_code, name="remove_code"),
    path("tags/", explaining.tags, name="tags"),
    path("tags/<int:pk>/remove/", explaining.remove_tag, name="remove_tag"),
]
