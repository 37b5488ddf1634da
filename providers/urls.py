from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from providers import views

app_name = "invitations"
urlpatterns = [
    path(pgettext_lazy("address", "invitations/"), views.invitation_list, name="list"),
    path(pgettext_lazy("address", "invitations/<int:pk>/take-back/"), views.take_back, name="take_back"),
    path(pgettext_lazy("address", "invitation/<str:key>/"), views.answer, name="answer"),
    path(pgettext_lazy("address", "my-details/roles/<int:pk>/give-up/"), views.give_up, name="give_up"),
    path(pgettext_lazy("address", "my-details/substitutes/<int:pk>/"), views.substitute, name="substitute"),
    path(
        pgettext_lazy("address", "my-details/substitutes/<int:pk>/end/"),
        views.end_substitute,
        name="end_substitute",
    ),
]
