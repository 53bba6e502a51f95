"""送货单 The delivery note of a shipment as PDF. Manual 11.6; spec.md §8."""

from __future__ import annotations

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.db.base import db
from app.models.stock.goods_issue import Shipment
from app.printing.stock.goods_issue import delivery_note_paper, delivery_note_pdf
from app.screens.record.paper_view import PaperView


class ShipmentPaperView(PaperView):
    """`/shipment/pdf/1`"""

    model = Shipment

    def printed(self, row_id: int, actor: Actor) -> tuple[bytes, str]:
        paper = delivery_note_paper(db.session(), row_id, actor)
        return delivery_note_pdf(paper), paper.number


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ShipmentPaperView)
