from django.urls import path

from kaibo.org import duty_views, position_views, views

app_name = "org"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people.xlsx", views.people_export, name="people_export"),
    path("people/add/", views.add_person, name="add_person"),
    path("departments/add/", views.add_department, name="add_department"),
    path("duties/", duty_views.duties, name="duties"),
    path("duties.xlsx", duty_views.duties_export, {"kind": "xlsx"}, name="duties_export"),
    path("duties.csv", duty_views.duties_export, {"kind": "csv"}, name="duties_csv"),
    path("duties/edit/", duty_views.edit_duties, name="edit_duties"),
    path("duties/add/", duty_views.add_process, name="add_process"),
    path("duties/mine/", duty_views.my_duties, name="my_duties"),
    path("duties/<int:pk>/", duty_views.process, name="process"),
    path("duties/<int:pk>/remove/", duty_views.remove_process, name="remove_process"),
    path("positions/", position_views.position_list, name="positions"),
    path("positions.xlsx", position_views.positions_export, name="positions_export"),
    path("positions/add/", position_views.add_position, name="add_position"),
    path("positions/handbook/", position_views.take_handbook, name="take_handbook"),
    path("positions/<int:pk>/", position_views.position, name="position"),
    path("positions/<int:pk>/edit/", position_views.edit_position, name="edit_position"),
    path("positions/<int:pk>/remove/", position_views.remove_position, name="remove_position"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/rename/", views.rename, name="rename"),
    path("people/<int:pk>/aliases/", views.add_alias, name="add_alias"),
    path("people/<int:pk>/aliases/<int:alias>/remove/", views.remove_alias, name="remove_alias"),
    path("people/<int:pk>/appoint/", views.appoint, name="appoint"),
    path("people/<int:pk>/appointments/<int:appointment>/end/", views.end_appointment, name="end_appointment"),
    path("people/<int:pk>/protect/", views.protect, name="protect"),
    path("people/<int:pk>/protections/<int:protection>/end/", views.end_protection, name="end_protection"),
    path("people/<int:pk>/sign-in/", views.make_sign_in, name="make_sign_in"),
    path("people/<int:pk>/role/", views.set_role, name="set_role"),
    path("people/<int:pk>/leave/", views.deactivate, name="deactivate"),
    path("people/<int:pk>/return/", views.reactivate, name="reactivate"),
]
