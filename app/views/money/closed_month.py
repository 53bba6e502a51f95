"""期末结账 Closed months: list, page and form. Manual 8.15."""

from __future__ import annotations

import click
from flask_babel import force_locale

from app.core.appbuilder import AppBuilder
from app.core.commands import crm
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError
from app.core.record.audit import act_as
from app.core.record.entry import ENTRIES
from app.models.money.closed_month import ClosedMonth
from app.screens.record.record_view import RecordView
from app.security.accounts.people import actor_named


class ClosedMonthView(RecordView):
    """Manual 8.15."""

    model, icon = ClosedMonth, "calendar-check"
    menu_order = 97
    list_columns = ("month", "state", "created_at", "reopen_reason", "remark")
    filter_columns = ("state",)
    order_columns = ("month",)
    base_order = ("month", "desc")
    can_delete = False


@crm.command("close-month")
@click.argument("month")
@click.option("--as", "login", required=True, help="Login of the person in finance who closes it.")
def close_month(month: str, login: str) -> None:
    """期末结账: close a month, such as 2026-11, and all before it."""
    session = db.session()

    def close() -> None:
        actor = actor_named(session, login)
        act_as(session, actor)
        ENTRIES[ClosedMonth].create(session, {"month": month}, actor)

    with force_locale("zh"):
        try:
            in_unit_of_work(session, close)
        except AppError as refusal:
            raise click.ClickException(refusal.message) from refusal
    click.echo(f"closed {month}")


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ClosedMonthView)
