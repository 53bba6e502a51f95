"""What a person is asked when they take a step: one schema per question, read by pages and REST alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.core.schemas import Exact, Form


def text(
    label: Any, longest: int = 200, *, required: bool = False, long: bool = False, dictionary: str | None = None
) -> fields.String:
    limits = validate.Length(min=1 if required else 0, max=longest)
    told = {"label": label, "long": long} | ({"dictionary": dictionary} if dictionary else {})
    return fields.String(required=required, validate=limits, metadata=told)


class SeenForm(Form):
    """Which version of the document was looked at: what was changed since is not decided on unseen."""

    version = fields.Integer(strict=False, metadata={"label": _l("Version"), "hidden": True})


class ReasonForm(Form):
    """Why: asked for when something is refused, stopped or voided."""

    reason = text(_l("Reason"), 500, required=True, long=True)


class EndForm(Form):
    """结束订单: why it ends although something is open; it may be left out."""

    reason = text(_l("Reason"), 500, long=True)


class PlanForm(Form):
    """回款计划: how many instalments, the first day, days between them; ratios in percent, one per instalment."""

    instalments = fields.Integer(
        required=True, strict=False, validate=validate.Range(1, 60), metadata={"label": _l("Instalments")}
    )
    first_on = fields.Date(required=True, metadata={"label": _l("First due date")})
    interval_days = fields.Integer(
        load_default=30, validate=validate.Range(0, 3660), metadata={"label": _l("Days between instalments")}
    )
    ratios = fields.List(
        Exact(places=4, lowest=Decimal("0.0001")),
        validate=validate.Length(max=60),
        metadata={"label": _l("Ratios in percent"), "hidden": True},
    )


class LineQuantity(Form):
    """How much of one line."""

    id = fields.Integer(required=True, metadata={"label": _l("Line")})
    quantity = Exact(required=True, places=3, lowest=Decimal(0), metadata={"label": _l("Quantity")})


def line_quantities() -> fields.List[dict[str, Any]]:
    return fields.List(
        fields.Nested(LineQuantity), validate=validate.Length(max=2000), metadata={"label": _l("Lines"), "lines": True}
    )


class IssueForm(Form):
    """出库申请: from which warehouse (the order's own when left out), and how much of which lines (all that is left)."""

    warehouse = fields.Integer(metadata={"label": _l("Warehouse"), "target": "warehouse"})
    lines = line_quantities()


class ConfirmForm(Form):
    """库管确认: lower quantities where less is issued; a line may be 0."""

    lines = line_quantities()


class ShipForm(Form):
    """发货: by whom it goes, and how much of which lines (all that waits when left out)."""

    carrier = text(_l("Carrier"), 60)
    tracking_number = text(_l("Tracking number"), 60)
    shipping_method = text(_l("Shipping method"), 60, dictionary="shipping_method")
    freight = Exact(places=2, lowest=Decimal(0), allow_none=True, metadata={"label": _l("Freight")})
    lines = line_quantities()


class SignForm(Form):
    """签收: who took the goods (the consignee when left out), and when (today)."""

    signed_by = text(_l("Signed for by"), 60)
    signed_on = fields.Date(metadata={"label": _l("Signed for on")})


class ShareForm(Form):
    """共享: the people and roles who may read the customer from now on; replaces the list."""

    users = fields.List(
        fields.Integer(validate=validate.Range(1, 2**31 - 1)), metadata={"label": _l("People"), "target": "user"}
    )
    roles = fields.List(fields.String(validate=validate.Length(max=60)), metadata={"label": _l("Roles"), "roles": True})


class HotForm(Form):
    """热点: why this customer is close to signing."""

    reason = text(_l("Why hot"), 200)


class AssignForm(Form):
    """A prepayment finds its order."""

    sales_order = fields.Integer(required=True, metadata={"label": _l("Order"), "target": "sales_order"})
