"""How values stand in a JSON body: strict types whose refusals are plain sentences. design.md §7."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError, fields, pre_load

from app.core.record.schemas import Exact
from app.core.text import storable

MOST_LINES = 2000
LARGEST_WHOLE = 2**31 - 1
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REQUIRED = {"required": _l("Please fill this in."), "null": _l("This cannot be empty.")}
_UNKNOWN = {"unknown": _l("There is no such field."), "type": _l("This must be an object with named fields.")}


class Body(Schema):
    """A body or a line of one. `known` are the names that can be read but not set: they are passed over."""

    known: frozenset[str] = frozenset()
    error_messages = _UNKNOWN

    class Meta:
        unknown = RAISE

    @pre_load
    def pass_over_known(self, given: Any, **_options: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if name not in self.known}


class _Value(fields.Field[Any]):
    default_error_messages = _REQUIRED


class Text(_Value):
    """Text as it is; `filled`: blanks alone will not do."""

    def __init__(self, *, longest: int | None = None, filled: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest
        self.filled = filled

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(_("This must be text."))
        if self.longest is not None and len(value) > self.longest:
            raise ValidationError(_("At most %(n)s characters fit here.", n=self.longest))
        if not storable(value):
            raise ValidationError(_("This text contains characters that cannot be stored."))
        if self.filled and not value.strip():
            raise ValidationError(_("Please fill this in."))
        return value


class Whole(_Value):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        return whole(value)


def whole(value: Any) -> int:
    """errors  ValidationError for anything that is no whole number a column can hold"""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_WHOLE:
        raise ValidationError(_("This must be a whole number."))
    return value


class Amount(Exact):
    """An exact number as text; a JSON number is taken as it is written."""

    default_error_messages = _REQUIRED


class Flag(_Value):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_("This must be true or false."))
        return value


class Day(_Value):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dt.date:
        return day(value)


def day(value: Any) -> dt.date:
    """errors  ValidationError for anything but YYYY-MM-DD"""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise ValidationError(_("This must be a date written like 2026-11-23."))


class Moment(_Value):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dt.datetime:
        return moment(value)


def moment(value: Any) -> dt.datetime:
    """errors  ValidationError for anything but an ISO time with its zone"""
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise ValidationError(_("This must be a time with its zone, written like 2026-11-23T09:30:00+08:00."))


class Code(_Value):
    def __init__(self, *, choices: type[enum.StrEnum], **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> enum.StrEnum:
        return code(self.choices, value)


def code(choices: type[enum.StrEnum], value: Any) -> enum.StrEnum:
    """errors  ValidationError naming the codes there are"""
    if isinstance(value, str) and value in choices.__members__:
        return choices[value]
    raise ValidationError(_("This must be one of: %(codes)s.", codes=", ".join(choices.__members__)))


class Label(_Value):
    """The label of an item of a dictionary; which item it is, is looked up later."""

    def __init__(self, *, dictionary: str, **options: Any) -> None:
        super().__init__(**options)
        self.dictionary = dictionary

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if not isinstance(value, str) or not storable(value) or len(value) > 60:
            raise ValidationError(_("This must be a value of its list."))
        return value


class Rate(_Value):
    """A rate as its dictionary calls it, "13%", or as a number: "0.13", 0.13."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str | Decimal:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 100:
            return Decimal(str(value))
        if isinstance(value, str) and storable(value) and len(value) <= 60:
            return value.strip()
        raise ValidationError(_("This must be one of the tax rates."))


class Reference(_Value):
    """The id of another record, alone or as this interface shows it: 5 or {"id": 5, "name": …}."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        found = value.get("id") if isinstance(value, dict) else value
        if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 20:
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise ValidationError(_("This must be the id of a record."))
        return found


class Lines(fields.List[Any]):
    default_error_messages = {**_REQUIRED, "invalid": _l("This must be a list of lines.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > MOST_LINES:
            raise ValidationError(_("At most %(n)s lines are possible.", n=MOST_LINES))
        return super()._deserialize(value, attr, data, **options)
