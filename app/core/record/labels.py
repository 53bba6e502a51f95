"""Labels say what fields and codes are called, in the language of the reader."""

from __future__ import annotations

import enum
from typing import Any

from flask_babel import gettext as _

_LABELS: dict[tuple[str, str], Any] = {}
_COMMON_LABELS: dict[str, Any] = {}
_CODE_LABELS: dict[tuple[type[enum.StrEnum], str], Any] = {}


def label_fields(model: type[Any] | None, /, **labels: Any) -> None:
    """Name fields for people; without a model, the name holds for every model that has none of its own."""
    for name, label in labels.items():
        if model is None:
            _COMMON_LABELS[name] = label
        else:
            _LABELS[(model.__tablename__, name)] = label


def label_of(model: type[Any], name: str) -> str:
    """Return the translated name of a field; `customer_id` is called as `customer` is.

    A column may bring its name as `info`.
    """
    for key in (name, name.removesuffix("_id")):
        label = _LABELS.get((model.__tablename__, key))
        if label is None:  # `or` would translate the text only to know whether it is empty.
            label = _label_in(model, key)
        if label is None:
            label = _COMMON_LABELS.get(key)
        if label is not None:
            return str(label)
    return name


def _label_in(model: type[Any], name: str) -> Any:
    """Return what the model's own column says it is called: `info={"label": …}`."""
    columns = model.__table__.c
    column = columns.get(name) if name in columns else columns.get(f"{name}_id")
    return column.info.get("label") if column is not None else None


def label_codes(choices: type[enum.StrEnum], /, **labels: Any) -> None:
    """Name the codes of a fixed list for people."""
    for code, label in labels.items():
        _CODE_LABELS[(choices, code)] = label


def code_label(code: enum.StrEnum | None) -> str:
    """Return the translated name of a state or code."""
    if code is None:
        return ""
    return str(_CODE_LABELS.get((type(code), code.value), code.value))


def yes_no(value: bool | None) -> str:
    return "" if value is None else _("Yes") if value else _("No")
