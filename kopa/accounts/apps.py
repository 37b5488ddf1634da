from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kopa.accounts"
    label = "accounts"
