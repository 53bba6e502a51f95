"""明细 All lines of a document are written in one save, and its totals follow. Manual 8.4, 8.5, 10.9."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.core.cache.per_process import cached_per_process
from app.core.clock import utc_now
from app.core.db.types import ZERO
from app.core.errors import AppError, NotFound, Refused, all_refused, too_large
from app.core.kinds.numerals import LARGEST
from app.core.money import rate_of
from app.core.record.fields import fields_of
from app.models.document import PricedLine, counted_of, line_model
from app.security.dictionaries import default_item
from app.workflows.document.pricing import add_up
from app.workflows.document.quantities import is_countable

MOST_LINES = 2000


def default_tax_rate(session: Session) -> Decimal:
    """Return the rate of the dictionary's default item: 13% → 0.13."""
    item = default_item(session, "tax_rate")
    return rate_of(item.label) if item else ZERO


def set_lines(session: Session, document: Any, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Replace the lines: with id changed, without id new, absent removed; totals follow. Yuan, tax included.

    errors  Refused "no_lines", "discontinued", "invalid", "whole_unit", every line that is refused among its reasons;
            Refused as in `add_up`; NotFound for a line of another document
    """
    if not wanted and not document.__may_be_empty__:
        raise Refused("no_lines", _("The document has no lines."), field="lines")
    present = {line.id: line for line in document.lines}
    model = line_model(type(document))
    rate = default_tax_rate(session) if issubclass(model, PricedLine) else ZERO
    lines = []
    refused: list[AppError] = []
    for position, values in enumerate(_not_too_many(wanted), 1):
        line = _line_of(model, present, values, position)
        try:
            fill_line(line, values, position, rate)
        except AppError as error:
            refused += error.reasons
        lines.append(line)
    if refused:
        raise all_refused(refused)
    if set(document.lines) != set(lines) or any(session.is_modified(line) for line in lines):
        document.changed_at = utc_now()  # lines alone are a change of their document, and of its version
    document.lines = lines
    add_up(document)


def add_lines(session: Session, document: Any, wanted: Iterable[Mapping[str, Any]]) -> None:
    """Write new lines behind those there are, as an effect does that fills a document; totals follow.

    wanted  values of each line, among them those that the domain computes
    errors  as `set_lines`
    """
    model = line_model(type(document))
    rate = default_tax_rate(session) if issubclass(model, PricedLine) else ZERO
    for position, values in enumerate(wanted, len(document.lines) + 1):
        line = new_line(model)
        fill_line(line, values, position, rate)
        document.lines.append(line)
    _not_too_many(document.lines)
    add_up(document)


def _not_too_many(lines: Sequence[Any]) -> Sequence[Any]:
    if len(lines) > MOST_LINES:
        raise Refused("invalid", _("A document takes at most %(n)s lines.", n=MOST_LINES), field="lines")
    return lines


def _line_of(model: type[Any], present: dict[int, Any], values: Mapping[str, Any], position: int) -> Any:
    line_id = values.get("id")
    if line_id is None:
        return new_line(model)
    line = present.pop(line_id, None)
    if line is None:
        text = _("Line %(n)s is not a line of this document.", n=position)
        raise NotFound("not_found", text, field=f"lines.{position - 1}.id")
    return line


def new_line(model: type[Any], **values: Any) -> Any:
    """Return a line of which nothing is done yet; `values` may name what the domain computes, too."""
    begun = {c.key: c.default.arg for c in model.__table__.c if c.info.get("computed") and _has_value(c)}
    return model(**{**begun, **values})


def _has_value(column: sa.Column[Any]) -> bool:
    return isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar


def fill_line(line: Any, values: Mapping[str, Any], position: int, default_rate: Decimal) -> None:
    """Put the values on the line; its amounts follow when the document is added up.

    errors  Refused "discontinued", "invalid", "whole_unit", each naming the line and its field
    """
    product = values.get("product") or line.product
    _require_filled(line, {**values, "product": product}, position)
    _require_in_range(line, values, position)
    _require_whole(line, product, values, position)
    if line.product is not product:
        if product.discontinued and not line.__takes_discontinued__:
            text = _("Line %(n)s: %(product)s is discontinued.", n=position, product=str(product))
            raise Refused("discontinued", text, field=f"lines.{position - 1}.product")
        line.product = product
        if isinstance(line, PricedLine):
            line.list_price = product.list_price
    line.position = position
    for name, value in values.items():
        if name not in ("id", "product", "tax_rate"):
            setattr(line, name, value)
    if isinstance(line, PricedLine):
        rate = values.get("tax_rate")
        line.tax_rate = rate if rate is not None else line.tax_rate if line.tax_rate is not None else default_rate
        _require_kept(line, position)


def _require_kept(line: PricedLine, position: int) -> None:
    """Refuse an amount that is more than amounts may be.

    errors  Refused "number_too_large"
    """
    if abs(counted_of(line) * line.unit_price) >= LARGEST:
        text = _("Line %(n)s: quantity times price is more than can be kept.", n=position)
        raise too_large(f"lines.{position - 1}.{line.__counted__ or 'unit_price'}", text)


def _require_filled(line: Any, values: Mapping[str, Any], position: int) -> None:
    for name in _required(type(line)):
        if values.get(name, getattr(line, name)) is None:
            raise line_error(position, name, _("Line %(n)s: please fill in everything.", n=position))


@cached_per_process(most=None)
def _required(model: type[Any]) -> tuple[str, ...]:
    """Return the fields that every line needs: the product, how much of it where the line must say so, and its price."""
    fields = fields_of(model)
    names = ("product", model.__counted__, *(("unit_price",) if issubclass(model, PricedLine) else ()))
    return tuple(name for name in names if name and fields[name].required)


def _require_in_range(line: Any, values: Mapping[str, Any], position: int) -> None:
    """Refuse a number below the least that its field says.

    errors  Refused "invalid"
    """
    fields = fields_of(type(line))
    for name, value in values.items():
        if value is None or name not in fields or not fields[name].kind.is_numeric:
            continue
        try:
            fields[name].kind.require_in_range(value)
        except ValidationError as error:
            text = _("Line %(n)s, %(field)s: %(why)s", n=position, field=fields[name].label, why=error.messages[0])
            raise line_error(position, name, text) from error


def _require_whole(line: Any, product: Any, values: Mapping[str, Any], position: int) -> None:
    """Refuse a part of a unit that is counted whole; only what was changed is judged.

    errors  Refused "whole_unit"
    """
    name = line.__counted__
    quantity = values.get(name, getattr(line, name)) if name else None
    if quantity is None or (quantity, product) == (getattr(line, name), line.product):
        return
    if not is_countable(product.unit, quantity):
        text = _("Line %(n)s: “%(unit)s” does not come in parts.", n=position, unit=product.unit.label)
        raise Refused("whole_unit", text, field=f"lines.{position - 1}.{name}")


def line_error(position: int, name: str, text: str) -> AppError:
    return Refused("invalid", text, field=f"lines.{position - 1}.{name}")
