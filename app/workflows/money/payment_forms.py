"""What the steps of money ask of the person. Manual 8.14."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.core.record.schemas import Exact, Form, HappenedOn, WholeNumber
from app.workflows.forms import text


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
    """核销: prepaid money finds its order; as much as is due there, the oldest instalment first, when left out."""

    sales_order = WholeNumber(required=True, metadata={"label": _l("Order"), "target": "sales_order"})
    amount = Exact(places=2, lowest=Decimal("0.01"), allow_none=True, metadata={"label": _l("Amount")})
    plan = WholeNumber(allow_none=True, metadata={"label": _l("Payment plan"), "hidden": True})


class UnassignForm(Form):
    """Which allocation becomes prepaid money again."""

    allocation = WholeNumber(required=True, metadata={"label": _l("Allocation"), "target": "payment_allocation"})


class RefundForm(Form):
    """退款: how much is given back (all that may be when left out), how, on which day (today) and from which account."""

    amount = Exact(places=2, lowest=Decimal("0.01"), allow_none=True, metadata={"label": _l("Amount")})
    method = text(_l("Payment method"), 60, required=True, dictionary="payment_method")
    refunded_on = HappenedOn(allow_none=True, metadata={"label": _l("Refunded on")})
    account = WholeNumber(allow_none=True, metadata={"label": _l("Paid from"), "target": "receiving_account"})
    remark = text(_l("Remark"), 500, long=True)
