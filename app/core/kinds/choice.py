"""These fields choose from a fixed list: yes or no, or the codes of an enumeration."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from app.core.cache.per_process import cached_per_process
from app.core.db.types import DeferredChoice
from app.core.errors import Refused
from app.core.kinds.kind import EQUALITY, Json, Kind, Labels
from app.core.record.labels import code_label, yes_no
from app.core.text import normalised

YES, NO = "是", "否"  # A workbook has these words, whatever language the screen has.
_YES, _NO = (YES, "有", "y", "yes", "true", "1", "√"), (NO, "无", "n", "no", "false", "0", "×")


class FlagKind(Kind):
    """Yes or no."""

    columns = (sa.Boolean,)
    control = "flag"
    drawing = "flag"
    note = f"{YES} / {NO}"
    operators = EQUALITY
    template_width = 8

    def text(self, value: bool) -> str:
        return yes_no(value)

    def cell(self, value: bool) -> str:
        return yes_no(value)

    def typed(self, value: bool | None) -> Any:
        return "" if value is None else bool(value)

    def logged(self, value: Any) -> str:
        return yes_no(bool(value))

    def read_typed(self, texts: Sequence[str]) -> bool:
        return bool(texts) and texts[0] not in ("", "0")

    def read_json(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_("This must be true or false."))
        return value

    def read_cell(self, text: str) -> bool:
        said = normalised(text)
        if said not in _YES and said not in _NO:
            raise Refused("bad_flag", _("“%(text)s” is neither 是 nor 否.", text=text[:30]))
        return said in _YES

    def read_filter(self, text: str) -> bool | None:
        return {"1": True, "0": False}.get(text)

    def read_sort_value(self, text: str) -> bool:
        return text == "True"

    def read_rest_filter(self, value: Any) -> bool:
        if value in (True, "true", "True", 1) and value is not None:
            return True
        if value in (False, "false", "False", 0):
            return False
        raise ValidationError(_("This must be true or false."))

    def options(self, items: Sequence[tuple[int, str, bool]]) -> list[tuple[str, str]]:
        return [("1", yes_no(True)), ("0", yes_no(False))]

    def cell_choices(self) -> Sequence[str]:
        return (YES, NO)

    def shown_schema(self) -> Json:
        return {"type": "boolean"}

    def body_schema(self, labels: Labels) -> Json:
        return {"type": "boolean"}

    def rest_filter_schema(self) -> Json:
        return {"enum": [True, False, "true", "false", "True", "False", 1, 0]}


@dataclass(frozen=True)
class ChoiceKind(Kind):
    """A code of an enumeration: a state, a kind of something."""

    choices: type[enum.StrEnum]

    columns = (sa.Enum, DeferredChoice)
    control = "select"
    drawing = "badge"
    note = _l("One of the list")
    operators = EQUALITY

    @classmethod
    def of(cls, column: sa.Column[Any]) -> Kind:
        return cls(column.type.enum_class)  # type: ignore[attr-defined]  # every column of this kind has one

    def text(self, value: enum.StrEnum) -> str:
        return code_label(value)

    def cell(self, value: enum.StrEnum) -> str:
        return code_label(value)

    def typed(self, value: enum.StrEnum | None) -> str:
        return "" if value is None else value.value

    def logged(self, value: Any) -> str:
        return code_label(self.choices(value))

    def json(self, value: enum.StrEnum) -> str:
        return str(value)

    def read_text(self, text: str) -> enum.StrEnum:
        if text not in self.choices.__members__:
            raise ValidationError(_("Please choose from the list."))
        return self.choices(text)

    def read_json(self, value: Any) -> enum.StrEnum:
        """Return the code of a JSON value.

        errors  ValidationError naming the codes there are
        """
        if isinstance(value, str) and value in self.choices.__members__:
            return self.choices[value]
        raise ValidationError(_("This must be one of: %(codes)s.", codes=", ".join(self.choices.__members__)))

    def read_cell(self, text: str) -> enum.StrEnum:
        labels = _chinese_labels(self.choices)
        known = {normalised(label): code for label, code in labels.items()} | {c.value: c for c in labels.values()}
        if normalised(text) not in known:
            told = _("“%(text)s” is none of: %(names)s.", text=text[:30], names="、".join(labels))
            raise Refused("unknown_choice", told)
        return known[normalised(text)]

    def read_filter(self, text: str) -> enum.StrEnum | None:
        return self.choices(text) if text in self.choices.__members__ else None

    def read_sort_value(self, text: str) -> enum.StrEnum:
        return self.choices(text)

    def read_rest_filter(self, value: Any) -> enum.StrEnum:
        return self.read_json(value)

    def options(self, items: Sequence[tuple[int, str, bool]]) -> list[tuple[str, str]]:
        return [(code.value, code_label(code)) for code in self.choices]

    def cell_choices(self) -> Sequence[str]:
        return list(_chinese_labels(self.choices))

    def shown_schema(self) -> Json:
        return {"type": "string", "enum": list(self.choices.__members__)}

    def body_schema(self, labels: Labels) -> Json:
        return self.shown_schema()

    def rest_filter_schema(self) -> Json:
        return self.shown_schema()


@cached_per_process()
def _chinese_labels(choices: type[enum.StrEnum]) -> Mapping[str, enum.StrEnum]:
    """Return a mapping of Chinese name → code, whatever language the screen has."""
    with force_locale("zh"):
        return {code_label(code): code for code in choices}
