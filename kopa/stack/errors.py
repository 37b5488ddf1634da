"""The one exception of this package: a sentence that tells a person what is wrong and what to do about it."""

from __future__ import annotations


class StackError(Exception):
    """Something outside KOPA's code is in the way.

    The message names it and the remedy, in one sentence or two.
    """
