"""What the steps of money ask of the person. Manual 8.14."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.core.record.schemas import Exact, Form, WholeNumber


class PlanForm(Form):
    """回款计划: how many instalments, the first day, days between them; ratios in percent, one per instalment."""

    instalments = WholeNumber(
        required=True, strict=False, validate=validate.Range(1, 60), metadata={"label": _l("Instalments")}
    )
    first_on = fields.Date(required=True, metadata={"label": _l("First due date")})
    interval_days = WholeNumber(
        load_default=30, validate=validate.Range(0, 3660), metadata={"label": _l("Days between instalments")}
    )
    ratios = fields.List(
        Exact(places=4, lowest=Decimal("0.0001")),
        validate=validate.Length(max=60),
        metadata={"label": _l("Ratios in percent"), "hidden": True},
    )


class AssignForm(Form):
    """A prepayment finds its order."""

    sales_order = WholeNumber(required=True, metadata={"label": _l("Order"), "target": "sales_order"})
