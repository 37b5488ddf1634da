"""Days on which invented courses open, close and start."""

from __future__ import annotations

import datetime as dt


def working_day(day: dt.date) -> dt.date:
    """The day itself, or the Monday after it."""
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def school_monday(day: dt.date) -> dt.date:
    """The Monday on or after the day; in the summer and Christmas holidays the first one after them."""
    day = monday(day)
    if dt.date(day.year, 6, 1) <= day < dt.date(day.year, 8, 8):
        day = dt.date(day.year, 8, 8)
    if day >= dt.date(day.year, 12, 14):
        day = dt.date(day.year + 1, 1, 7)
    elif day < dt.date(day.year, 1, 7):
        day = dt.date(day.year, 1, 7)
    return monday(day)


def monday(day: dt.date) -> dt.date:
    """The Monday on or after the day."""
    return day + dt.timedelta(days=-day.weekday() % 7)
