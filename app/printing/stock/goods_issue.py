"""出库单 Goods issue and 送货单, the delivery note of a shipment. Manual 11.2b, 11.5, 11.6; spec.md §8."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.paper import Fact, Paper, Signature, declare_paper
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.security.settings import COMPANY, declare_setting

_ISSUED_FOR = (
    "number", Fact("created_at", _l("Prepared on")), "order", "order.customer", "warehouse", "order.latest_ship_on",
    "order.consignee", "order.consignee_phone", "order.consignee_address", "order.shipping_method",
)  # fmt: skip
_SHIPPED_TO = (
    "number", "shipped_on", "order.customer", "order.number", "consignee", "consignee_phone", "consignee_address",
    "carrier", "tracking_number", "shipping_method", "freight_settlement",
)  # fmt: skip

declare_setting(
    "print_prices_on_delivery_note", _l("Print prices on the delivery note"), False, kind="flag", group=COMPANY
)
declare_paper(GoodsIssue, Paper(facts=_ISSUED_FOR))
declare_paper(Shipment, Paper(
    title=_l("Delivery note"),
    facts=_SHIPPED_TO,
    terms=(Fact("warehouse", _l("Shipped from"), wide=True),),
    priced_if="print_prices_on_delivery_note",
    line_remark="order_line.remark",
    signatures=(
        Signature(_l("Prepared by"), "shipped_by"), Signature(_l("Warehouse keeper")),
        Signature(_l("Delivered by")), Signature(_l("Received by (signature, seal, date)"), wide=True),
    ),
    hint=_l(
        "Please check the goods on receipt. Differences in quantity or quality are to be reported in writing within "
        "3 days."
    ),
    button=_l("Delivery note"),
))  # fmt: skip
