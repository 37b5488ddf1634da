from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from corrections import views, views_quality

app_name = "corrections"
urlpatterns = [
    path(pgettext_lazy("address", "report-an-error/"), views.report, name="report"),
    path(pgettext_lazy("address", "report-an-error/thanks/"), views.thanks, name="thanks"),
    path(pgettext_lazy("address", "desk/error-reports/"), views.report_list, name="list"),
    path(pgettext_lazy("address", "desk/error-reports/<int:pk>/"), views.detail, name="detail"),
    path(pgettext_lazy("address", "desk/data-quality/"), views_quality.whole, name="quality"),
    path(
        pgettext_lazy("address", "desk/data-quality/<slug:code>/"),
        views_quality.kind_of_all,
        name="quality_kind",
    ),
    path(
        pgettext_lazy("address", "desk/data-quality/<slug:code>.csv"),
        views_quality.file_of_all,
        name="quality_file",
    ),
    path(
        pgettext_lazy("address", "desk/data-quality/of/<int:pk>/"),
        views_quality.of_organisation,
        name="quality_of",
    ),
    path(
        pgettext_lazy("address", "desk/data-quality/of/<int:pk>/<slug:code>/"),
        views_quality.kind_of_organisation,
        name="quality_kind_of",
    ),
    path(
        pgettext_lazy("address", "desk/data-quality/of/<int:pk>/<slug:code>.csv"),
        views_quality.file_of_organisation,
        name="quality_file_of",
    ),
]
