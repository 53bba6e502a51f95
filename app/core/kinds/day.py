"""Days and moments are read and shown here. A moment is stored in UTC and shown in the time zone of the firm."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from app.core.clock import SHANGHAI
from app.core.db.types import UtcDateTime
from app.core.errors import Refused
from app.core.kinds.kind import ORDERING, Json, Kind, Labels

LONGEST_MOMENT = 40
_YEARS = range(1900, 2200)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CELL_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00(?::00)?)?")


def iso_day(text: str) -> dt.date | None:
    """Return a day as YYYY-MM-DD, of a year that people deal with; None for anything else."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


class _TemporalKind(Kind):
    """Days and moments share these methods."""

    operators = ORDERING
    has_order = True
    falls_first = True
    is_range = True
    is_temporal = True

    def json(self, value: dt.date) -> str:
        return value.isoformat()


class DayKind(_TemporalKind):
    """A day, without a time."""

    columns = (sa.Date,)
    unit = "date"
    control = "date"
    note = _l("A date written like 2026-11-23")
    template_width = 12
    export_width = 12
    cell_format = "yyyy-mm-dd"

    def text(self, value: dt.date) -> str:
        return value.isoformat()

    def paper(self, value: dt.date) -> str:
        """Return the day as Chinese documents are dated: 2026年11月3日."""
        return str(_("%(month)s/%(day)s/%(year)s", year=value.year, month=value.month, day=value.day))

    def read_text(self, text: str) -> dt.date:
        day = iso_day(text)
        if day is None:
            raise ValidationError(_("This is not a date; write it as 2026-11-23."))
        return day

    def read_json(self, value: Any) -> dt.date:
        """Return the day of a JSON value.

        errors  ValidationError for anything but YYYY-MM-DD
        """
        if isinstance(value, str) and _ISO_DAY.fullmatch(value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        raise ValidationError(_("This must be a date written like 2026-11-23."))

    def read_cell(self, text: str) -> dt.date:
        parts = _CELL_DAY.fullmatch(text)
        day = iso_day("{:0>4}-{:0>2}-{:0>2}".format(*parts.groups())) if parts else None
        if day is None:
            raise Refused("bad_date", _("“%(text)s” is not a date; write it as 2026-11-23.", text=text[:30]))
        return day

    def read_limit(self, text: str, end: str) -> dt.date | None:
        return iso_day(text[:10])

    def read_sort_value(self, text: str) -> dt.date:
        return dt.date.fromisoformat(text)

    def read_rest_filter(self, value: Any) -> dt.date:
        return self.read_json(value)

    def shown_schema(self) -> Json:
        return {"type": "string", "format": "date"}

    def body_schema(self, labels: Labels) -> Json:
        return self.shown_schema()

    def rest_filter_schema(self) -> Json:
        return self.shown_schema()


class MomentKind(_TemporalKind):
    """A moment, which the system records."""

    columns = (UtcDateTime,)
    unit = "time"
    is_typed = False
    export_width = 18
    cell_format = "yyyy-mm-dd hh:mm"

    def text(self, value: dt.datetime) -> str:
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")

    def paper(self, value: dt.datetime) -> str:
        """Return the day on which it was."""
        return DayKind().paper(value.astimezone(SHANGHAI).date())

    def cell(self, value: dt.datetime) -> dt.datetime:
        return value.astimezone(SHANGHAI).replace(tzinfo=None)

    def limit_text(self, value: dt.datetime) -> str:
        """Return the day that a range begins or ends with."""
        return value.date().isoformat()

    def typed(self, value: dt.datetime | None) -> str:
        return "" if value is None else self.text(value)

    def logged(self, value: Any) -> str:
        return self.text(dt.datetime.fromisoformat(str(value)))

    def read_text(self, text: str) -> dt.datetime:
        """Return the moment of a text such as 2026-11-23 09:30, in the time zone of the firm."""
        try:
            moment = dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
        except ValueError:
            moment = None
        if moment is None or moment.year not in _YEARS:
            raise ValidationError(_("This is not a date; write it as 2026-11-23."))
        return moment

    def read_json(self, value: Any) -> dt.datetime:
        """Return the moment of a JSON value.

        errors  ValidationError for anything but an ISO time with its zone
        """
        try:
            is_text = isinstance(value, str) and len(value) <= LONGEST_MOMENT
            moment = dt.datetime.fromisoformat(value) if is_text else None
            if moment is not None and moment.tzinfo is not None:
                return moment.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(_("This must be a time with its zone, written like 2026-11-23T09:30:00+08:00."))

    def read_limit(self, text: str, end: str) -> dt.datetime | None:
        """Return the beginning or the end of the day, so that a range holds the whole of it."""
        day = iso_day(text[:10])
        clock = dt.time.min if end == "from" else dt.time.max
        return None if day is None else dt.datetime.combine(day, clock, tzinfo=SHANGHAI)

    def read_sort_value(self, text: str) -> dt.datetime:
        moment = dt.datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

    def read_rest_filter(self, value: Any) -> dt.datetime:
        return self.read_json(value)

    def shown_schema(self) -> Json:
        return {"type": "string", "format": "date-time"}

    def body_schema(self, labels: Labels) -> Json:
        return {"type": "string", "format": "date-time", "maxLength": LONGEST_MOMENT}

    def rest_filter_schema(self) -> Json:
        return {"type": "string", "format": "date-time", "maxLength": LONGEST_MOMENT}
