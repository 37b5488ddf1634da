from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kopa.portal"
    label = "portal"
