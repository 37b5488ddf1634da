"""The search's own narrow table, written only by ``offerings.search.projection``."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchRow(models.Model):
    """What the search looks at in one published offering, true in the transaction that changes the offering.

    Whether it can be found today follows from the clock (``offerings.windows``), so a row may outlive its
    time. Free places are not here: ``PlaceCounter`` counts them. Municipalities and regions are those of
    today: a site in a merged municipality stands in its successor.
    """

    offering = models.OneToOneField(
        "offerings.Offering", on_delete=models.CASCADE, primary_key=True, related_name="search_row"
    )
    # As on the offering and its provider, under the same names.
    starts_on = models.DateField()
    applications_open_at = models.DateTimeField()
    applications_close_at = models.DateTimeField(null=True)
    quota_release_at = models.DateTimeField(null=True)
    provider_id = models.BigIntegerField()
    form = models.CharField(max_length=40)
    mode = models.CharField(max_length=40)
    contact_days = models.PositiveSmallIntegerField(null=True)
    # As facets count them.
    broad_field = models.CharField(max_length=40)
    narrow_field = models.CharField(max_length=40, blank=True)  # empty when only the broad one is given
    languages = ArrayField(models.CharField(max_length=40))
    municipalities = ArrayField(models.CharField(max_length=7))  # keys, of the sites
    regions = ArrayField(models.CharField(max_length=8))  # keys, of the sites
    has_fee = models.BooleanField()
    host_country = models.CharField(max_length=2)
    host_municipality_id = models.BigIntegerField(null=True)  # where a municipality itself is the host
    # Base forms of title (A), compound parts of the title (B), field (C), provider and places (D).
    words = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="search_row_by_words", fastupdate=False),
            models.Index(fields=["starts_on", "offering"], name="search_row_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.offering_id}"


class SearchWord(models.Model):
    """A word of the search's rows that a mistyped one may be read as; see ``offerings.search.vocabulary``.

    Seldom it stands here twice.
    """

    word = models.CharField(max_length=64)
    plain = models.CharField(max_length=128)  # without accents

    class Meta:
        indexes = [
            models.Index(fields=["word"], name="search_word_by_word"),
            GistIndex(OpClass("plain", "gist_trgm_ops(siglen=64)"), name="search_word_by_likeness"),
        ]

    def __str__(self) -> str:
        return self.word
