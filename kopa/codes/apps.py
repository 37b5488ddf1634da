from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "kopa.codes"
    label = "codes"
