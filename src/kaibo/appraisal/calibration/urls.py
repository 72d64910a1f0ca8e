from django.urls import URLPattern, path

from kaibo.appraisal.calibration import views


def patterns() -> list[URLPattern]:
    """Made once months have their converter."""
    return [
        path("calibration/<month:month>/", views.calibration, name="calibration"),
        path("calibration/<month:month>/lock/", views.lock_group, name="lock_group"),
        path("calibration/reviews/<int:review>/", views.calibrate, name="calibrate"),
        path("calibration/reviews/<int:review>/preview/", views.preview, name="preview_rating"),
        path("calibration/lines/<int:line>/", views.calibrate_line, name="calibrate_line"),
    ]
