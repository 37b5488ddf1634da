from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.utils.translation import pgettext_lazy

from offerings import (
    views,
    views_bulk,
    views_confirmation,
    views_desk,
    views_duties,
    views_form,
    views_history,
    views_import,
    views_places,
    views_table,
)


class WordsConverter(StringConverter):
    """What follows the number in a page's address; also nothing, where a link was cut short."""

    regex = "[^/]*"


register_converter(WordsConverter, "words")

app_name = "offerings"
urlpatterns = [
    path(pgettext_lazy("address", "places/"), views.search, name="search"),
    path(pgettext_lazy("address", "places/<int:pk>/"), views.detail, name="detail"),
    path(pgettext_lazy("address", "places/<int:pk>-<words:words>/"), views.detail, name="detail"),
    path(pgettext_lazy("address", "places/<int:pk>/calendar.ics"), views.calendar_file, name="calendar"),
    path(pgettext_lazy("address", "desk/"), views_duties.desk, name="desk"),
    path(pgettext_lazy("address", "desk/offerings/"), views_table.own, name="own"),
    path(pgettext_lazy("address", "desk/offerings/courses.csv"), views_table.own_csv, name="own_csv"),
    path(pgettext_lazy("address", "desk/offerings/courses.xlsx"), views_table.own_xlsx, name="own_xlsx"),
    path(pgettext_lazy("address", "desk/offerings/columns/"), views_table.columns, name="columns"),
    path(pgettext_lazy("address", "desk/offerings/together/"), views_bulk.together, name="together"),
    path(
        pgettext_lazy("address", "desk/offerings/together/<uuid:mark>/"),
        views_bulk.together_done,
        name="together_done",
    ),
    path(
        pgettext_lazy("address", "desk/offerings/<int:pk>/history/"), views_history.history, name="history"
    ),
    path(pgettext_lazy("address", "desk/offerings/new/"), views_form.create, name="create"),
    path(pgettext_lazy("address", "desk/offerings/<int:pk>/"), views_form.edit, name="edit"),
    path(pgettext_lazy("address", "desk/offerings/<int:pk>/preview/"), views_desk.preview, name="preview"),
    path(pgettext_lazy("address", "desk/offerings/<int:pk>/publish/"), views_desk.publish, name="publish"),
    path(pgettext_lazy("address", "desk/offerings/<int:pk>/copy/"), views_desk.copy, name="copy"),
    path(pgettext_lazy("address", "desk/offerings/<int:pk>/places/"), views_places.places, name="places"),
    path(pgettext_lazy("address", "desk/offerings/<int:pk>/cancel/"), views_desk.cancel, name="cancel"),
    path(
        pgettext_lazy("address", "confirm-places/<str:key>/"),
        views_confirmation.confirm_places,
        name="confirm_places",
    ),
    path(pgettext_lazy("address", "desk/imports/"), views_import.imports, name="imports"),
    path(
        pgettext_lazy("address", "desk/imports/template.xlsx"),
        views_import.import_template,
        name="import_template",
    ),
    path(pgettext_lazy("address", "desk/imports/<int:pk>/"), views_import.import_file, name="import"),
    path(
        pgettext_lazy("address", "desk/imports/<int:pk>/act/"), views_import.import_act, name="import_act"
    ),
    path(
        pgettext_lazy("address", "desk/imports/<int:pk>/wrong.csv"),
        views_import.import_wrong,
        name="import_wrong",
    ),
    path(
        pgettext_lazy("address", "desk/imports/<int:pk>/<int:number>/"),
        views_import.import_row,
        name="import_row",
    ),
]
