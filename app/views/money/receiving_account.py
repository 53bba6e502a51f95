"""收款账户 Receiving accounts: list, page and form. Manual 8.14."""

from __future__ import annotations

from app.core.appbuilder import AppBuilder
from app.models.money.payment import Payment
from app.models.money.receiving_account import ReceivingAccount
from app.screens.record.record_page import Related
from app.screens.record.record_view import RecordView


class ReceivingAccountView(RecordView):
    """Manual 8.14."""

    model, icon = ReceivingAccount, "building-bank"
    menu_order = 96
    list_columns = ("name", "bank", "account", "discontinued")
    related = (Related(Payment, "account", ("number", "received_on", "customer", "amount", "bank_serial", "state")),)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ReceivingAccountView)
