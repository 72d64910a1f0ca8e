from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "kaibo.org"
