"""明细列 The cells of a document's line, read from its model: how each is drawn, filled in and read again."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import AppError, all_refused, invalid
from app.core.money import plain, rate_of
from app.core.record.entry import Entry
from app.core.record.fields import Field, code_label, fields_of, label_of
from app.core.record.schemas import Exact, Form
from app.models.system.setting import DictionaryItem
from app.query.choices import dictionary_choices, goods
from app.query.rest_rows import visible_rows

LONGEST_CELL = 60  # a longer text does not fit into a cell and is written under its line
TAX_RATE = "tax_rate"  # a field of this name takes the rates of the dictionary of this name


@dataclass(frozen=True)
class LineCell:
    """One cell of a line. Cells without a field are computed in the browser and never sent.

    kind     product, quantity, price, rate, number, text, remark, choice, date; computed: discount, amount, stock
    options  (value, text) of a choice
    """

    name: str
    kind: str
    label: str
    field: Field | None = None
    required: bool = False
    places: int = 0
    is_zero_possible: bool = False
    length: int | None = None
    options: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The cell as the script draws it."""
        return {
            "name": self.name, "kind": self.kind, "label": self.label, "required": self.required,
            "zero": self.is_zero_possible, "places": self.places, "length": self.length, "options": self.options,
        }  # fmt: skip


def line_cells(
    session: Session, entry: Entry, line_model: type[Any], lines: Sequence[Any], may_be_zero: Sequence[str]
) -> list[LineCell]:
    """The product first, then what people fill in, each price with its discount, then what follows from them.

    lines        those of the document being changed: what they have is offered although it is no longer on its list
    may_be_zero  names of the quantities that may be nought
    """
    described = fields_of(line_model)
    typed = [described[name] for name in entry.line_fields if name in described]
    choices = dictionary_choices(session, [str(field.dictionary) for field in typed if field.dictionary])
    cells = []
    for field in typed:
        options = rates(session, lines) if field.name == TAX_RATE else _options(field, choices, lines)
        cell = LineCell(
            field.name, _kind(field), field.label, field, field.name in entry.line_required, field.kind.scale
        )
        zero = field.name in may_be_zero
        cells.append(replace(cell, is_zero_possible=zero, length=field.kind.length, options=options))
        if field.kind.unit == "price" and "list_price" in described:
            cells.append(LineCell("discount", "discount", label_of(line_model, "discount")))
    kinds = [cell.kind for cell in cells]
    if "amount" in described and {"quantity", "price"} <= {*kinds}:
        cells.append(LineCell("amount", "amount", label_of(line_model, "amount")))
    if "quantity" in kinds:
        cells.append(LineCell("stock", "stock", _("Stock")))
    return sorted(cells, key=lambda cell: cell.kind != "product")


def _kind(field: Field) -> str:
    if field.target is goods().model:
        return "product"
    if field.name == TAX_RATE:
        return "rate"
    if field.kind.is_exact:
        return {"quantity": "quantity", "price": "price"}.get(field.kind.unit, "number")
    if field.kind.is_text:
        return "text" if (field.kind.length or 0) <= LONGEST_CELL else "remark"
    if field.kind.is_numeric:
        return "number"
    return "date" if field.kind.is_temporal else "choice"


def _options(
    field: Field, choices: Mapping[str, Sequence[tuple[int, str, bool]]], lines: Sequence[Any]
) -> tuple[tuple[str, str], ...]:
    if field.choices is not None:
        return tuple((code.value, code_label(code)) for code in field.choices)
    present = {getattr(line, str(field.column)) for line in lines} if field.dictionary else set()
    items = choices.get(str(field.dictionary), ())
    return tuple((str(key), label) for key, label, usable in items if usable or key in present)


def rates(session: Session, lines: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    """(rate, label) of the tax rates to choose from, the first of the list first; an old line keeps its own."""
    found: dict[Decimal, str] = {}
    for _key, label, usable in dictionary_choices(session, [TAX_RATE])[TAX_RATE]:
        try:
            rate = rate_of(label)
        except InvalidOperation:
            continue  # A label that the administrator wrote in words says no rate.
        if usable:
            found.setdefault(rate, label)
    for line in lines:
        found.setdefault(line.tax_rate, f"{plain(line.tax_rate * 100)}%")
    return tuple((plain(rate), label) for rate, label in found.items())


# Showing


def shown_lines(cells: Iterable[LineCell], lines: Iterable[Any], known: Mapping[int, Any]) -> list[dict[str, Any]]:
    """The lines of a document as the script fills them in; `known` holds the facts of their products by id."""
    typed = [cell for cell in cells if cell.field is not None]
    return [
        {"id": line.id, **{cell.name: _shown(cell, line, known) for cell in typed}, **_listed(line)} for line in lines
    ]


def _listed(line: Any) -> dict[str, str]:
    """The list price when the line was written: its discount is told from that one, not from today's."""
    return {"list_price": str(line.list_price)} if hasattr(line, "list_price") else {}


def _shown(cell: LineCell, line: Any, known: Mapping[int, Any]) -> Any:
    if cell.kind == "product":
        return known[getattr(line, f"{cell.name}_id")]
    value = getattr(line, cell.name)
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(value) if cell.kind == "price" else plain(value)
    if isinstance(value, enum.StrEnum):
        return value.value
    if isinstance(value, DictionaryItem):
        return str(value.id)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


# Reading


def line_form(cells: Iterable[LineCell]) -> type[Schema]:
    """The form of one line as the script sends it."""
    typed = {cell.name: _sent_as(cell) for cell in cells if cell.field is not None}
    return Form.from_dict({"id": fields.Integer(), **typed})


def _sent_as(cell: LineCell) -> fields.Field[Any]:
    needs: dict[str, Any] = {"required": cell.required, "allow_none": not cell.required}
    if cell.kind in ("quantity", "price", "rate"):
        is_positive = cell.kind == "quantity" and not cell.is_zero_possible
        lowest = Decimal(1).scaleb(-cell.places) if is_positive else Decimal(0)
        return Exact(places=cell.places, lowest=lowest, **needs)
    if cell.kind == "number" and cell.places:
        return Exact(places=cell.places, **needs)
    if cell.kind == "date":
        return fields.Date(**needs)
    if cell.kind in ("text", "remark"):
        return fields.String(validate=validate.Length(max=cell.length), **needs)
    return fields.String(**needs) if _is_code(cell) else fields.Integer(**needs)


def lines_sent(
    session: Session, cells: Iterable[LineCell], lines: Sequence[dict[str, Any]], actor: Actor
) -> list[dict[str, Any]]:
    """The lines as the entry takes them, with rows and codes in place of their keys.

    errors  Refused "invalid" for each product that is none and each choice that is not on its list: lines.3.product
    """
    found = [dict(line) for line in lines]
    refused: list[AppError] = []
    for cell in cells:
        if cell.kind not in ("product", "choice", "rate"):
            continue
        given = {line[cell.name] for line in found if line.get(cell.name) is not None}
        known = _choosable(session, cell, given, actor)
        for position, line in enumerate(found):
            value = line.get(cell.name)
            if value is not None and value not in known:
                refused.append(invalid(f"lines.{position}.{cell.name}", _("Please choose from the list.")))
            elif value is not None:
                line[cell.name] = known[value]
    if refused:
        raise all_refused(refused)
    return found


def _choosable(session: Session, cell: LineCell, given: set[Any], actor: Actor) -> Mapping[Any, Any]:
    """What was given and may be chosen in this cell → the row, code or number that it stands for."""
    if cell.kind == "product":
        return visible_rows(session, goods().model, [key for key in given if 0 < key < 2**31], actor)
    if cell.kind == "rate":
        return {rate: rate for rate in (Decimal(text) for text, _label in cell.options)}
    if _is_code(cell):
        return {code.value: code for code in (cell.field.choices if cell.field else None) or ()}
    return {key: session.get_one(DictionaryItem, key) for key in given & {int(text) for text, _label in cell.options}}


def _is_code(cell: LineCell) -> bool:
    return cell.field is not None and cell.field.choices is not None
