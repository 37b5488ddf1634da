"""How many people live in a municipality: by year, and by single age where a source has it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from municipalities.models.register import Municipality

OLDEST = 100


class PopulationCell(models.Model):
    """Inhabitants at the end of a year, of one age or of all. Some 100,000 rows, written by the load."""

    municipality = models.ForeignKey(
        Municipality, on_delete=models.CASCADE, related_name="population_cells", db_index=False
    )
    year = models.PositiveSmallIntegerField()
    age = models.PositiveSmallIntegerField(null=True, help_text="100: 100 or older; empty: all ages.")
    count = models.PositiveIntegerField()
    source = models.CharField(max_length=40)

    class Meta:
        ordering = ["municipality", "year", "age"]
        constraints = [
            models.UniqueConstraint(
                name="population_is_counted_once",
                fields=["municipality", "year", "age"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="population_age_is_at_most_a_hundred",
                condition=Q(age__isnull=True) | Q(age__lte=OLDEST),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality_id} {self.year} {'' if self.age is None else self.age}: {self.count}"
