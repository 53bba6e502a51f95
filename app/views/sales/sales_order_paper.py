"""销售订单 The order as PDF. Manual 8.4; spec.md §8."""

from __future__ import annotations

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from app.printing.sales.sales_order import sales_order_paper, sales_order_pdf
from app.screens.record.paper_view import PaperView


class SalesOrderPaperView(PaperView):
    """`/salesorder/pdf/1`"""

    model = SalesOrder

    def printed(self, row_id: int, actor: Actor) -> tuple[bytes, str]:
        paper = sales_order_paper(db.session(), row_id, actor)
        return sales_order_pdf(paper), paper.number


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(SalesOrderPaperView)
