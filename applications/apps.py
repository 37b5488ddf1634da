from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        from applications.sessions import follow_sign_ins  # noqa: PLC0415 - models are loaded by now

        follow_sign_ins()
