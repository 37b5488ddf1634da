from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "kopa.letters"
    label = "letters"
