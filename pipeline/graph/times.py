"""Dates of reduced precision (``2014``, ``2014-04``, ``2014-04-24``) as ranges of days."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache

from pipeline.errors import BadInputError

__all__ = ["FAR_FUTURE", "FAR_PAST", "check_date", "first_day", "last_day"]

ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
FAR_PAST, FAR_FUTURE = date.min.toordinal(), date.max.toordinal()


@lru_cache(maxsize=65536)
def first_day(text: str) -> int | None:
    """Ordinal of the first day that a date can mean; None where it is no date."""
    return _day(text, last=False)


@lru_cache(maxsize=65536)
def last_day(text: str) -> int | None:
    """Ordinal of the last day that a date can mean; None where it is no date."""
    return _day(text, last=True)


def check_date(text: str) -> str:
    """Give a date back. RAISES BadInputError: it is not of the form 2014, 2014-04 or 2014-04-25."""
    if first_day(text) is None:
        raise BadInputError(text, "not a date such as 2014, 2014-04 or 2014-04-25")
    return text


def _day(text: str, *, last: bool) -> int | None:
    match = ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        assert year is not None
        month = month or (12 if last else 1)
        day = day or (calendar.monthrange(year, month)[1] if last else 1)
        return date(year, month, day).toordinal()
    except ValueError:
        return None
