from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.portal import lists, population, regions, register
from municipalities import views

app_name = "municipalities"
urlpatterns = [
    path(pgettext_lazy("address", "municipalities/"), lists.municipality_list, name="list"),
    path(
        pgettext_lazy("address", "municipalities/municipalities.csv"),
        lists.municipality_list_csv,
        name="list_csv",
    ),
    path(pgettext_lazy("address", "regions/"), lists.region_list, name="regions"),
    path(pgettext_lazy("address", "regions/regions.csv"), lists.region_list_csv, name="regions_csv"),
    path(pgettext_lazy("address", "regions/<slug:slug>/"), regions.region_detail, name="region"),
    path(pgettext_lazy("address", "municipalities/suggest/"), views.suggest, name="suggest"),
    path(
        pgettext_lazy("address", "municipalities/<slug:slug>/population.csv"),
        population.population_csv,
        name="population_csv",
    ),
    path(
        pgettext_lazy("address", "municipalities/<slug:slug>/"), register.municipality_detail, name="detail"
    ),
]
