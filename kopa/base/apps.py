from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "kopa.base"
    label = "base"
