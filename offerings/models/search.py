"""The search's own tables, written only by ``offerings.search`` and by the trigger on the counters."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchValue(models.Model):
    """A value of a part of the packed key, and its number there. Never changed, never deleted.

    ``value`` as ``offerings.search.keys`` writes it: a code, or several with spaces between. Numbers are
    given under a lock that lasts until the end of the transaction, so the greatest id tells which rows there
    are.
    """

    part = models.CharField(max_length=10)
    value = models.TextField()
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="search_value_stands_once", fields=["part", "value"]),
            models.UniqueConstraint(name="search_value_has_its_own_number", fields=["part", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.number}: {self.value}"


class Whereabouts(models.Model):
    """Where an offering is given: the points and municipalities of its sites; many offerings share one.

    Municipalities are those of today: a site in a merged municipality stands in its successor.
    """

    latitudes = ArrayField(models.FloatField())  # of the sites that have a point, beside ``longitudes``
    longitudes = ArrayField(models.FloatField())
    municipalities = ArrayField(models.CharField(max_length=7))  # keys

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="whereabouts_stand_once", fields=["latitudes", "longitudes", "municipalities"]
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.municipalities)


class Audience(models.Model):
    """Whose residents may apply, where not everybody's; many offerings share one. ``open_to`` said in ids."""

    regions = ArrayField(models.BigIntegerField())
    # Whose municipalities those of the day are: who belongs to a group follows from the clock.
    pilot_groups = ArrayField(models.BigIntegerField(), default=list)
    # Whose parties those of the day are.
    agreements = ArrayField(models.BigIntegerField(), default=list)
    municipalities = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="audience_stands_once",
                fields=["regions", "municipalities", "pilot_groups", "agreements"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.regions} {self.municipalities} {self.pilot_groups} {self.agreements}"


class SearchRow(models.Model):
    """What the search looks at in one published offering, true in the transaction that changes the offering.

    Narrow on purpose: a search reads all of them. Whether a row can be found follows from the clock
    (``listed_until``), so it may outlive its time.
    """

    offering = models.OneToOneField(
        "offerings.Offering", on_delete=models.CASCADE, primary_key=True, related_name="search_row"
    )
    listed_until = models.DateTimeField()  # out of every search from this instant on
    applications_open_at = models.DateTimeField()
    applications_close_at = models.DateTimeField(null=True)
    quota_release_at = models.DateTimeField(null=True)
    starts_on = models.DateField()
    key = models.BigIntegerField()  # all that facets count, see ``offerings.search.keys``
    provider_id = models.BigIntegerField()
    whereabouts = models.ForeignKey(Whereabouts, on_delete=models.PROTECT, null=True, related_name="+")
    audience = models.ForeignKey(
        Audience, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # empty: everybody
    contact_days = models.PositiveSmallIntegerField(null=True)  # 0 too where distance teaching says nothing
    # Of ``PlaceCounter``: free open places, and free ones of all quotas. A trigger on the counters keeps
    # them true.
    free_open = models.IntegerField()
    free_reserved = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["listed_until"], name="search_row_by_end")]

    def __str__(self) -> str:
        return f"{self.offering_id}"


class SearchReserve(models.Model):
    """Free places of a row reserved for the residents of one municipality. The trigger keeps these too."""

    row = models.ForeignKey(SearchRow, on_delete=models.CASCADE, related_name="reserves")
    municipality_id = models.BigIntegerField()
    free = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="search_reserve_stands_once", fields=["municipality_id", "row"])
        ]

    def __str__(self) -> str:
        return f"{self.row_id}, {self.municipality_id}: {self.free}"


class SearchDocument(models.Model):
    """What an offering is found by in words."""

    row = models.OneToOneField(SearchRow, on_delete=models.CASCADE, primary_key=True, related_name="document")
    # Base forms of title (A), compound parts of the title (B), field (C), provider and places (D).
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="search_document_by_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"{self.row_id}"


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
