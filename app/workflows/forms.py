"""Schemas say what a person is asked when they take a step; pages and REST read the same ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.core.record.schemas import Exact, Form, WholeNumber


def text(
    label: Any,
    longest: int = 200,
    *,
    required: bool = False,
    long: bool = False,
    dictionary: str | None = None,
    may_be_emptied: bool = False,
) -> fields.String:
    limits = validate.Length(min=1 if required else 0, max=longest)
    told = {"label": label, "long": long} | ({"dictionary": dictionary} if dictionary else {})
    return fields.String(required=required, allow_none=may_be_emptied, validate=limits, metadata=told)


class SeenForm(Form):
    """The form carries the version of the document that was looked at: nobody decides on changes unseen."""

    version = WholeNumber(strict=False, metadata={"label": _l("Version"), "hidden": True})


class ReasonForm(Form):
    """The form asks for a reason when something is refused, stopped or voided."""

    reason = text(_l("Reason"), 500, required=True, long=True)


class WhyForm(Form):
    """The form asks why, as of an order that ends although something is open; the reason may be left out."""

    reason = text(_l("Reason"), 500, long=True)


class LineQuantity(Form):
    """The form asks how much of one line is meant."""

    id = WholeNumber(required=True, metadata={"label": _l("Line")})
    quantity = Exact(required=True, places=3, lowest=Decimal(0), metadata={"label": _l("Quantity")})


def line_quantities() -> fields.List[dict[str, Any]]:
    return fields.List(
        fields.Nested(LineQuantity), validate=validate.Length(max=2000), metadata={"label": _l("Lines"), "lines": True}
    )


class LinesForm(Form):
    """The form asks how much of which lines is meant; those not named stay as they are, a line may be 0."""

    lines = line_quantities()


class DeriveForm(Form):
    """The form asks for a warehouse (else the document's own) and how much of which lines (else all that is left)."""

    warehouse = WholeNumber(metadata={"label": _l("Warehouse"), "target": "warehouse"})
    lines = line_quantities()
