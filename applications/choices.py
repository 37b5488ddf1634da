"""Values that people choose from, each in its own language."""

from __future__ import annotations

from typing import Final

# Of letters and decisions.
LANGUAGES: Final = (("fi", "Suomi"), ("sv", "Svenska"), ("en", "English"))
