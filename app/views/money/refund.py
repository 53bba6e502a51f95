"""退款 Refunds: finance gives money back by a step of the order or the payment. Manual 8.13, 8.14."""

from __future__ import annotations

from app.core.appbuilder import AppBuilder
from app.models.money.refund import Refund
from app.screens.record.record_view import RecordView


class RefundView(RecordView):
    """Manual 8.14."""

    model, icon = Refund, "receipt-refund"
    menu_order = 92
    list_columns = (
        "number", "refunded_on", "customer", "sales_order", "payment", "amount", "method", "account", "state",
    )  # fmt: skip
    filter_columns = ("customer", "sales_order", "payment", "method", "account", "refunded_on", "amount", "state")
    order_columns = ("number", "refunded_on", "amount")
    search_columns = ("number", "customer", "sales_order")
    timeline_amount = "amount"
    can_add = can_edit = can_delete = False


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(RefundView)
