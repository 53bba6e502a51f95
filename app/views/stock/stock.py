"""库存 Stock: what each warehouse holds, every movement, and opening stock. Manual 11.2, 11.7, 11.10."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.db.base import db
from app.core.record.fields import label_of
from app.models.stock.stock import StockBalance, StockInit, StockInitLine, StockLedgerEntry
from app.reports.stock.stock_list import (
    Standing,
    is_above_maximum,
    is_below_minimum,
    is_short,
    moves_on_hand,
    standing_of,
)
from app.reports.stock.waiting import came_in, went_out
from app.screens.frame.cells import balance, page_of, tag
from app.screens.list.address import ListRequest
from app.screens.list.list_shape import column_at
from app.screens.record.ledger_view import LedgerView
from app.screens.record.record_view import RecordView, RelatedLines, expose

_AVAILABLE_AT = 5  # behind on hand and reserved


def warning(standing: Standing) -> Any:
    """What is wrong with a balance; nothing is said of what is in order."""
    if standing.is_short:
        return tag(_("Products short for orders"), "stop")
    if standing.is_low:
        return tag(_("Below minimum"), "stop")
    return tag(_("Above maximum"), "wait") if standing.is_high else ""


def moved(cell: Any) -> Any:
    """A movement with its sign; what did not move stays as it is."""
    if isinstance(cell, Markup) or not cell:
        return cell
    return f"−{cell[1:]}" if cell.startswith("-") else f"+{cell}"


class StockBalanceView(RecordView):
    """库存列表: one row per warehouse and product; each figure opens the movements behind it. Manual 11.7."""

    model = StockBalance
    icon = "packages"
    list_columns = (
        "product", "product.number", "warehouse", "on_hand", "reserved", "product.unit", "product.stock_minimum",
        "product.stock_maximum",
    )  # fmt: skip
    linked_columns = ("on_hand", "reserved")
    card_columns = ("product", "", "product.number", "", "warehouse")
    filter_columns = ("product", "warehouse", "product.category", "on_hand", "reserved")
    order_columns = ("product.number", "on_hand", "reserved")
    base_order = ("id", "asc")
    search_columns = ("product",)
    search_hint = _l("Number, name, model, pinyin initials")
    presets: Mapping[str, tuple[Any, Any]] = {
        "short": (_l("Products short for orders"), is_short),
        "low": (_l("Below minimum"), is_below_minimum),
        "high": (_l("Above maximum"), is_above_maximum),
    }
    badge_columns = ()
    can_add = can_edit = can_delete = False
    has_attachments = False

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """Available beside what it is made of; negative in red: the gap to buy; and what is wrong with it."""
        found = standing_of(db.session(), [key for key, _cells in rows], actor)
        heads.insert(_AVAILABLE_AT, {"label": label_of(StockBalance, "available"), "class": "r k4", "told": True})
        heads.append({"label": _("Warning"), "class": "tg k2"})
        unit = Markup('<span class="on-phone"> {}</span>')
        for key, cells in rows:
            cells.insert(_AVAILABLE_AT, balance(found[key].available) + unit.format(found[key].unit))
            cells.append(warning(found[key]))

    @expose("/show/<int:pk>")
    def show(self, pk: int) -> ResponseReturnValue:
        """The movements behind a balance."""
        row = self.row(pk, self.reader())
        ledger = page_of(StockLedgerEntry)
        return redirect(f"{ledger}/list/?product={row.product_id}&warehouse={row.warehouse_id}")


class StockLedgerView(LedgerView):
    """库存流水: all that moved, with the document behind it. Manual 11.10."""

    model = StockLedgerEntry
    list_columns = (
        "at", "product", "product.number", "warehouse", "kind", "on_hand_change", "on_hand_after", "reserved_change",
        "reserved_after", "document_number", "user",
    )  # fmt: skip
    linked_columns = ("document_number",)
    card_columns = ("document_number", "kind", "product", "on_hand_change", "reserved_change", "on_hand_after")
    filter_columns = ("product", "warehouse", "kind", "at", "user")
    order_columns = ("at",)
    search_columns = ("document_number", "product")
    search_hint = _l("Document or product")
    presets: Mapping[str, tuple[Any, Any]] = {
        "goods": (_l("Goods in and out"), moves_on_hand),
        "in": (_l("Goods in"), came_in),
        "out": (_l("Goods out"), went_out),
    }
    show_fieldsets = (
        (_l("Basics"), (
            "at", "product", "warehouse", "kind", "on_hand_change", "on_hand_after", "reserved_change",
            "reserved_after", "document_number", "user",
        )),
    )  # fmt: skip

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """What moved bears its sign."""
        changes = [column_at(heads, path) for path in ("on_hand_change", "reserved_change")]
        for _key, cells in rows:
            for at in changes:
                if at is not None:
                    cells[at] = moved(cells[at])

    def heading(self, row: StockLedgerEntry) -> str:
        return str(_("%(product)s in %(warehouse)s", product=str(row.product), warehouse=str(row.warehouse)))


class StockInitView(RecordView):
    """期初库存: set from a workbook before the first movement; taken back by its reversal. Manual 11.2."""

    model = StockInit
    icon = "package-import"
    list_columns = ("number", "warehouse", "posted_on", "state", "created_at")
    card_columns = ("number", "state", "warehouse", "posted_on")
    filter_columns = ("warehouse", "state", "posted_on")
    order_columns = ("number", "posted_on")
    search_columns = ("number",)
    list_template = "stock/inits.html"
    show_template = "stock/init.html"
    can_add = can_edit = can_delete = False
    show_fieldsets = ((_l("Basics"), ("warehouse", "posted_on", "created_at")),)
    lines = RelatedLines(
        StockInitLine, "stock_init", ("product", "product.number", "quantity", "product.unit"), title=_l("Lines")
    )

    def heading(self, row: StockInit) -> str:
        return str(_("Opening stock of %(warehouse)s", warehouse=str(row.warehouse)))

    def subheading(self, row: StockInit) -> str:
        return row.number

    def list_context(self, asked: ListRequest, actor: Actor) -> dict[str, Any]:
        return {"may_import": actor.may("import", StockInit)}


def register(builder: AppBuilder) -> None:
    for view in (StockBalanceView, StockLedgerView, StockInitView):
        builder.add_view_no_menu(view)
