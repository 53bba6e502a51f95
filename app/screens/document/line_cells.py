"""明细列 The cells of a line are read from its model: how each is drawn, filled in and read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError, fields
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import AppError, all_refused, invalid
from app.core.kinds.numerals import LARGEST_WHOLE, exact
from app.core.kinds.relation import json_key
from app.core.money import plain, rate_of
from app.core.record.entry import Entry
from app.core.record.fields import Field, fields_of, label_of
from app.core.record.schemas import Form
from app.models.system.setting import DictionaryItem
from app.query.choices import dictionary_choices, goods
from app.query.rest_rows import visible_rows

LONGEST_CELL = 60  # characters; a longer text does not fit into a cell and is written under its line


@dataclass(frozen=True)
class LineCell:
    """One cell of a line. Cells without a field are computed in the browser and never sent.

    kind     product, quantity, price, rate, number, text, remark, choice, date; not to be typed into: discount, amount,
             stock, and fixed for a field that the domain computes and the line shows
    counts   the cell says how much of the product the line is about
    options  (value, text) of a choice
    """

    name: str
    kind: str
    label: str
    field: Field | None = None
    required: bool = False
    counts: bool = False
    options: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the cell as the script draws it."""
        kind = self.field.kind if self.field is not None else None
        return {
            "name": self.name, "kind": self.kind, "label": self.label, "required": self.required,
            "counts": self.counts, "options": self.options,
            "places": kind.scale if kind is not None else 0, "length": kind.length if kind is not None else None,
            "lowest": self._lowest(), "isAbove": kind is not None and kind.is_above,
            "isFigure": kind is not None and kind.is_numeric,
        }  # fmt: skip

    def _lowest(self) -> str | None:
        """Return the least value of a number, as the script reads it."""
        lowest = self.field.kind.lowest if self.field is not None else None
        return None if lowest is None else plain(lowest)

    @property
    def is_typed(self) -> bool:
        """Whether people fill it in, and the script sends it."""
        return self.field is not None and self.kind != "fixed"


def line_cells(session: Session, entry: Entry, line: type[Any], lines: Sequence[Any]) -> list[LineCell]:
    """Return the cells of a line.

    The product comes first, then what people fill in, each price with its discount, then the rest.

    What the domain computes and the line shows stands beside the field that counts, before or behind it as in the
    model: first what is expected, then what is there, then the difference.

    line   the model of the lines
    lines  those of the document being changed: what they have is offered although it is no longer on its list
    """
    described = fields_of(line)
    typed = [described[name] for name in entry.line_fields if name in described]
    choices = dictionary_choices(session, [str(field.dictionary) for field in typed if field.dictionary])
    fixed = [LineCell(name, "fixed", field.label, field) for name, field in described.items() if _is_fixed(field)]
    until = list(described).index(line.__counted__) if line.__counted__ in described else 0
    before = [cell for cell in fixed if list(described).index(cell.name) < until]
    cells: list[LineCell] = []
    for field in typed:
        options = rates(session, field, lines) if field.kind.rates else _options(field, choices, lines)
        required, counts = field.name in entry.line_required, field.name == line.__counted__
        cells += before if counts else []
        cells.append(LineCell(field.name, _kind(field), field.label, field, required, counts, options))
        cells += [cell for cell in fixed if cell not in before] if counts else []
        if cells[-1].kind == "price" and "list_price" in described:
            cells.append(LineCell("discount", "discount", label_of(line, "discount")))
    is_counted = any(cell.counts for cell in cells)
    cells += [] if is_counted else fixed
    if is_counted and "amount" in described and any(cell.kind == "price" for cell in cells):
        cells.append(LineCell("amount", "amount", label_of(line, "amount")))
    if is_counted:
        cells.append(LineCell("stock", "stock", _("Stock")))
    return sorted(cells, key=lambda cell: cell.kind != "product")


def _is_fixed(field: Field) -> bool:
    """Return whether the line shows what the domain computes here; what needs a right stands on the page alone."""
    return bool(field.said.get("shown")) and not field.needs


def _kind(field: Field) -> str:
    kind = field.kind
    if kind.target is goods().model:
        return "product"
    if kind.rates:
        return "rate"
    if kind.is_text:
        return "text" if (kind.length or LONGEST_CELL + 1) <= LONGEST_CELL else "remark"
    if kind.is_numeric:
        return kind.unit if kind.unit in ("quantity", "price") else "number"
    return "date" if kind.is_temporal else "choice"


def _options(
    field: Field, choices: Mapping[str, Sequence[tuple[int, str, bool]]], lines: Sequence[Any]
) -> tuple[tuple[str, str], ...]:
    present = {getattr(line, str(field.column)) for line in lines} if field.dictionary else set()
    items = [item for item in choices.get(str(field.dictionary), ()) if item[2] or item[0] in present]
    return tuple(field.kind.options(items))


def rates(session: Session, field: Field, lines: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    """Return (rate, label) of the rates to choose from, in the order of their list; an old line keeps its own."""
    found: dict[Decimal, str] = {}
    dictionary = str(field.kind.rates)
    for _key, label, usable in dictionary_choices(session, [dictionary])[dictionary]:
        try:
            rate = rate_of(label)
        except InvalidOperation:
            continue  # A label in words says no rate.
        if usable:
            found.setdefault(rate, label)
    for line in lines:
        rate = getattr(line, field.name)
        found.setdefault(rate, field.kind.text(rate))
    return tuple((plain(rate), label) for rate, label in found.items())


# Showing


def shown_lines(cells: Iterable[LineCell], lines: Iterable[Any], known: Mapping[int, Any]) -> list[dict[str, Any]]:
    """Return the lines of a document as the script fills them in; `known` holds the facts of their products by id."""
    held = [cell for cell in cells if cell.field is not None]
    return [
        {"id": line.id, **{cell.name: _shown(cell, line, known) for cell in held}, **_listed(line)} for line in lines
    ]


def _listed(line: Any) -> dict[str, str]:
    """Return the list price of the day the line was written, from which its discount is computed."""
    return {"list_price": str(line.list_price)} if hasattr(line, "list_price") else {}


def _shown(cell: LineCell, line: Any, known: Mapping[int, Any]) -> Any:
    if cell.field is None or cell.kind == "product":
        return known[line.product_id]
    value = getattr(line, cell.name)
    if cell.kind == "fixed":
        return "" if value is None else cell.field.kind.text(value)
    return plain(value) if cell.kind == "rate" and value is not None else cell.field.kind.typed(value)


# Reading


def line_form(cells: Iterable[LineCell]) -> type[Schema]:
    """Return the form of one line as the script sends it."""
    typed = {cell.name: _Sent(cell) for cell in cells if cell.is_typed}
    return Form.from_dict({"id": fields.Integer(), **typed})


class _Sent(fields.Field[Any]):
    """This field reads what was filled into one cell: a text or number by its kind, or the key of what was chosen."""

    def __init__(self, cell: LineCell) -> None:
        super().__init__(required=cell.required, allow_none=not cell.required)
        self.cell = cell

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        kind = self.cell.field.kind if self.cell.field is not None else None
        if kind is None or kind.target is not None:
            return json_key(value)
        if self.cell.kind in ("quantity", "price"):
            return kind.read_json(value)
        if self.cell.kind == "rate":
            return exact(value, kind.scale)
        if not isinstance(value, str | int):
            raise ValidationError(_("This must be text."))
        found = kind.read_typed([str(value)])
        if found is None and self.required:
            raise ValidationError(_("Please fill this in."))
        return found


def lines_sent(
    session: Session, cells: Iterable[LineCell], lines: Sequence[dict[str, Any]], actor: Actor
) -> list[dict[str, Any]]:
    """Return the lines as the entry takes them, with rows and codes in place of their keys.

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
    """Return a mapping: what was given and may be chosen in this cell → the row or number that it stands for."""
    if cell.kind == "product":
        return visible_rows(session, goods().model, [key for key in given if 0 < key <= LARGEST_WHOLE], actor)
    if cell.kind == "rate":
        return {rate: rate for rate in (Decimal(text) for text, _label in cell.options)}
    if cell.field is not None and cell.field.target is None:
        return {code: code for code in given}
    return {key: session.get_one(DictionaryItem, key) for key in given & {int(text) for text, _label in cell.options}}
