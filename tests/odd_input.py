"""What nobody types in good faith, for pages and API alike (TESTPLAN I9, I13)."""

from __future__ import annotations

from typing import Final

MANY_WORDS: Final = "a b c d e f g h i j k l m n o p q r s t u v w x y z å ä ö"  # more than a search takes
# Short enough for every box of words: answered everywhere as what finds little or nothing.
ODD: Final = (
    "& | ! :* <-> ' \\ (((", "hitsaus & (", "'; drop table offerings_offering; --", '" or 1=1 --', "%", "_",
    "\\", "ja tai", "och eller", "💥🦊", "\u200b\u200d\ufeff", "Áŋŋel Čáhput Šiŋká Ǩeeʹmmel", "раде",
    "\ud7ff\ue000", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd", "\r\nSet-Cookie: x=1", "null",
    "undefined", "-1", "NaN", "1e400", "\x01\x1f", MANY_WORDS,
    "⁇", "⦅", "…", "⁇⁇ ⦆ ⩴ ㍿ ½ ℀", "a⁇ b…",  # what PostgreSQL's unaccent writes with marks
)  # fmt: skip
# Longer than any box takes.
ENDLESS: Final = (
    "a" * 100_000, "ä" * 30_000, "a b " * 20_000, "(" * 50_000, "e\u0301" * 500, "kurssi " * 20_000,
)  # fmt: skip
