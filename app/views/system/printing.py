"""Printed documents: the order and the delivery note as PDF, shown in the browser. Manual 8.4, 11.6; spec.md §8."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _

from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.db.unit_of_work import reading
from app.core.errors import NotAllowed
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import Shipment
from app.printing.goods_issue import delivery_note_paper, delivery_note_pdf
from app.printing.sales_order import sales_order_paper, sales_order_pdf
from app.screens.web.current_actor import current_actor


def pdf_answer(content: bytes, number: str) -> Response:
    """A PDF to look at; nobody keeps a copy on the way. Document numbers are plain letters and digits."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


class PaperView(BaseView):
    """One document of one model on paper: read like the document itself."""

    default_view = "pdf"
    model: type[Any]

    @expose("/pdf/<int:row_id>")
    def pdf(self, row_id: int) -> Response:
        """errors  NotAllowed without the right to read; NotFound when it is missing or not for these eyes"""
        with reading():
            actor = current_actor()
            if not actor.may("read", self.model):
                raise NotAllowed("not_allowed", _("You do not have the right to do this."))
            return self.printed(row_id, actor)

    def printed(self, row_id: int, actor: Any) -> Response:
        raise NotImplementedError


class SalesOrderPaperView(PaperView):
    """销售订单 as PDF."""

    route_base = "/salesorder"
    model = SalesOrder

    def printed(self, row_id: int, actor: Any) -> Response:
        paper = sales_order_paper(db.session(), row_id, actor)
        return pdf_answer(sales_order_pdf(paper), paper.number)


class ShipmentPaperView(PaperView):
    """送货单 as PDF."""

    route_base = "/shipment"
    model = Shipment

    def printed(self, row_id: int, actor: Any) -> Response:
        paper = delivery_note_paper(db.session(), row_id, actor)
        return pdf_answer(delivery_note_pdf(paper), paper.number)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(SalesOrderPaperView)
    builder.add_view_no_menu(ShipmentPaperView)
