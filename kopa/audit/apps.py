from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "kopa.audit"
    label = "audit"
