from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = pgettext_lazy("sent by students", "Applications")

    def ready(self) -> None:
        from applications.sessions import follow_sign_ins  # noqa: PLC0415 - models are loaded by now

        follow_sign_ins()
