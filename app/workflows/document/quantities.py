"""The quantities that a person asks for are checked against what there is. Manual 11.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.errors import AppError, Refused, all_refused
from app.core.flow.workflow import Move
from app.core.money import plain
from app.models.document import counted_of


def asked_for(
    form: Mapping[str, Any],
    most: Mapping[int, Decimal],
    lines: Iterable[Any],
    *,
    unnamed: Mapping[int, Decimal] | None = None,
) -> dict[int, Decimal]:
    """Return a mapping: line id → quantity; without `lines` in the form everything there is, or `unnamed`.

    most           line id → the largest quantity possible
    lines          the document's lines: a refusal names their product
    unnamed        line id → quantity of lines the person did not name; not at all when left out
    errors         Refused "invalid" for a strange line, "too_much" with every line that asks for too much,
                   "whole_unit" for a part of what is counted whole, "nothing_left" when nothing remains
    """
    asked = form.get("lines")
    wanted = dict(unnamed) if unnamed is not None else dict(most) if asked is None else dict.fromkeys(most, ZERO)
    products = {line.id: line.product for line in lines}
    refused: list[AppError] = []
    for place, item in enumerate(asked or []):
        if item["id"] not in most:
            raise Refused("invalid", _("A line does not belong to this document."), field="lines")
        error = _fault(products[item["id"]], item["quantity"], most[item["id"]], f"lines.{place}.quantity")
        refused += [error] if error is not None else []
        wanted[item["id"]] = item["quantity"]
    if refused:
        raise all_refused(refused)
    if not any(wanted.values()):
        raise Refused("nothing_left", _("At least one line needs a quantity above zero."), field="lines")
    return wanted


def _fault(product: Any, quantity: Decimal, most: Decimal, field: str) -> AppError | None:
    """Return the refusal of a quantity of a product; all that is left may always be taken."""
    if quantity > most:
        text = _(
            "%(product)s: only %(left)s are left, %(wanted)s were asked for.",
            product=product, left=plain(most), wanted=plain(quantity),
        )  # fmt: skip
        return Refused("too_much", text, field=field)
    if quantity != most and not is_countable(product.unit, quantity):
        text = _("%(product)s: “%(unit)s” does not come in parts.", product=product, unit=product.unit.label)
        return Refused("whole_unit", text, field=field)
    return None


def is_countable(unit: Any, quantity: Decimal) -> bool:
    """Return whether so much can be counted in a unit: half a metre can, half a hammer cannot.

    unit  anything that says whether the unit `is_divisible`: its row, or what a query has read of it
    """
    return quantity == quantity.to_integral_value() or bool(unit.is_divisible)


def taken_quantities(move: Move, most: Mapping[int, Decimal]) -> list[tuple[Any, Decimal]]:
    """Take the quantities a person names over into the document's lines; the others stay as they are.

    most     line id → the largest quantity possible
    returns  (product, what is taken less) of every line that changed; less than zero where more is taken
    errors   as `asked_for`
    """
    lines = move.document.lines
    wanted = asked_for(move.form, most, lines, unnamed={line.id: counted_of(line) for line in lines})
    before: dict[str, Decimal] = {}
    after: dict[str, Decimal] = {}
    rest = []
    for line in lines:
        taken, was = wanted[line.id], counted_of(line)
        if taken != was:
            product = str(line.product)
            rest.append((line.product, was - taken))
            before[product] = before.get(product, ZERO) + was
            after[product] = after.get(product, ZERO) + taken
            setattr(line, line.__counted__, taken)
    if rest:  # The history of the document and of its parent shows it by product.
        move.changes["lines"] = [{name: plain(n) for name, n in told.items()} for told in (before, after)]
    return rest


def whole_lines(_session: Session, document: Any) -> dict[int, Decimal]:
    """Return a mapping: line id → quantity of all lines of a document: what a step begins with that may take less."""
    return {line.id: counted_of(line) for line in document.lines}
