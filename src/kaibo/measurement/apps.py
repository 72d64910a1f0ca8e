from django.apps import AppConfig


class MeasurementConfig(AppConfig):
    name = "kaibo.measurement"
