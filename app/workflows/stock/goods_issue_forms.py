"""What the steps of goods issues and shipments ask of the person. Manual 11.2b, 11.5, 11.6."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.core.record.schemas import Exact, Form, HappenedOn
from app.workflows.forms import line_quantities, text


class ParcelForm(Form):
    """物流信息: by whom the goods go, and by which number the carrier knows them; what is left out stays."""

    carrier = text(_l("Carrier"), 60, may_be_emptied=True)
    tracking_number = text(_l("Tracking number"), 60, may_be_emptied=True)
    freight = Exact(places=2, lowest=Decimal(0), allow_none=True, metadata={"label": _l("Freight")})


class ShipForm(ParcelForm):
    """发货: by whom it goes, and how much of which lines (all that waits when left out)."""

    shipping_method = text(_l("Shipping method"), 60, dictionary="shipping_method")
    lines = line_quantities()


class SignForm(Form):
    """签收: who took the goods (the consignee when left out), and when (today)."""

    signed_by = text(_l("Signed for by"), 60)
    signed_on = HappenedOn(metadata={"label": _l("Signed for on")})
