"""送货单 The delivery note of a shipment. Manual 11.5, 11.6; spec.md §8."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import Shipment, ShipmentLine
from app.printing.paper import DeliveryNotePaper, PaperLine, our_company
from app.printing.pdf import render_pdf
from app.printing.shown import SHOWN
from app.security.policy import require_visible
from app.security.settings import COMPANY, all_settings, declare_setting

declare_setting(
    "print_prices_on_delivery_note", _l("Print prices on the delivery note"), False, kind="flag", group=COMPANY
)
_ROWS = (
    joinedload(Shipment.order).joinedload(SalesOrder.customer),
    joinedload(Shipment.warehouse),
    joinedload(Shipment.shipped_by),
    joinedload(Shipment.shipping_method),
    joinedload(Shipment.freight_settlement),
    selectinload(Shipment.lines).joinedload(ShipmentLine.product).joinedload(Product.unit),
    selectinload(Shipment.lines).joinedload(ShipmentLine.order_line),
)


def delivery_note_paper(session: Session, shipment_id: int, actor: Actor) -> DeliveryNotePaper:
    """What the paper says of one shipment this actor may see; prices only when the setting says so.

    errors  NotFound
    """
    shipment: Shipment = require_visible(session, Shipment, shipment_id, actor, options=_ROWS)
    settings = all_settings(session)
    priced = bool(settings["print_prices_on_delivery_note"])
    return DeliveryNotePaper(
        number=shipment.number,
        order_number=shipment.order.number,
        shipped_on=shipment.shipped_on,
        sender=our_company(session, settings=settings),
        customer=shipment.order.customer.name,
        consignee=shipment.consignee,
        consignee_phone=shipment.consignee_phone,
        consignee_address=shipment.consignee_address,
        lines=[_line(position, line, priced) for position, line in enumerate(shipment.lines, 1)],
        warehouse=shipment.warehouse.name,
        carrier=shipment.carrier or "",
        tracking_number=shipment.tracking_number or "",
        shipping_method=str(shipment.shipping_method or ""),
        freight_settlement=str(shipment.freight_settlement or ""),
        shipped_by=shipment.shipped_by.name if shipment.shipped_by else "",
        remark=shipment.remark or "",
        total=shipment.amount if priced else None,
    )


def delivery_note_pdf(paper: DeliveryNotePaper) -> bytes:
    """One shipment as a PDF."""
    return render_pdf("printing/delivery_note.html", paper=paper, shown=SHOWN)


def _line(position: int, line: ShipmentLine, priced: bool) -> PaperLine:
    return PaperLine(
        position=position,
        number=line.product.number,
        name=line.product.name,
        model=line.product.model,
        unit=str(line.product.unit),
        quantity=line.quantity,
        unit_price=line.unit_price if priced else None,
        amount=line.amount if priced else None,
        remark=line.order_line.remark or "",
    )
