"""`crm verify` checks of every document that its amounts follow from its lines. Manual 8.4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.appbuilder import Model
from app.core.db.base import model_name
from app.core.db.types import ZERO
from app.core.ledger.verify import batches, check, differences
from app.models.document import Priced, counted_column, line_model
from app.workflows.document.pricing import Reckoned, Written, lowest_discount_of, reckoned

_SUMMED = ("total", "tax_total", "lowest_discount")


class _Line(NamedTuple):
    """A line as it is stored."""

    position: int
    list_price: Decimal
    written: Written
    stored: Reckoned


@check
def amounts_follow_their_lines(session: Session) -> Iterator[str]:
    """Yield each wrong amount of a line, and each wrong total, of every document with prices, in batches by key."""
    for mapper in Model.registry.mappers:
        document = mapper.class_
        if issubclass(document, Priced):
            for keys in batches(session, document.id):
                yield from _amounts_of(session, document, keys)


def _amounts_of(session: Session, document: Any, keys: tuple[int, int]) -> Iterator[str]:
    lines = _lines_of(session, line_model(document), keys)
    facts = (getattr(document, name) for name in ("number", "prices", "rebate", *_SUMMED))
    for key, number, prices, rebate, *stored in session.execute(
        sa.select(document.id, *facts).where(document.id.between(*keys)).order_by(document.id)
    ):
        name = f"{model_name(document)} {number}"
        found = reckoned([line.written for line in lines[key]], prices, rebate)
        for line, right in zip(lines[key], found, strict=True):
            if line.stored != right:
                for what, is_value, figure in zip(Reckoned._fields, line.stored, right, strict=True):
                    yield from differences(f"{name} line {line.position}", what, is_value, figure)
        discount = lowest_discount_of(
            (right.effective_price, line.list_price) for line, right in zip(lines[key], found, strict=True)
        )
        total = sum((right.amount for right in found), ZERO)
        tax_total = sum((right.tax for right in found), ZERO)
        for what, is_value, value in zip(_SUMMED, stored, (total, tax_total, discount), strict=True):
            yield from differences(name, what, is_value, value)


def _lines_of(session: Session, line: Any, keys: tuple[int, int]) -> Mapping[int, Sequence[_Line]]:
    """Return the lines of the documents with these keys, by the key of their document."""
    owner = getattr(line, f"{line.__frozen_with__}_id")
    written = (counted_column(line), line.unit_price, line.tax_rate)
    stored = (getattr(line, name) for name in Reckoned._fields)
    query = sa.select(owner, line.position, line.list_price, *written, *stored).where(owner.between(*keys))
    found: dict[int, list[_Line]] = defaultdict(list)
    for key, position, listed, quantity, price, rate, *figures in session.execute(query.order_by(line.position)):
        found[key].append(_Line(position, listed, Written(quantity or ZERO, price, rate), Reckoned(*figures)))
    return found
