"""仓库 Warehouses and who keeps them. Manual 11.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.record.fields import label_of
from app.models.stock.stock import StockBalance, Warehouse
from app.screens.frame.cells import tag
from app.screens.list.list_shape import column_at, tell_flag
from app.screens.record.record_view import RecordView, Related


class WarehouseView(RecordView):
    """仓库 and who keeps it. Manual 11.1."""

    model = Warehouse
    icon = "building-warehouse"
    is_linked = False
    list_columns = ("name", "code", "is_main", "is_active", "address")
    card_columns = ("name", "is_main", "address", "code")
    order_columns = ("name", "code")
    base_order = ("id", "asc")
    search_columns = ("code", "name")
    badge_columns = ()
    show_template = "system/warehouse.html"
    show_fieldsets = ((_l("Basics"), ("code", "name", "is_main", "is_active", "address")),)
    form_fieldsets = ((_l("Basics"), ("code", "name", "is_main", "is_active", "address", "keepers")),)
    form_hints: Mapping[str, Any] = {"keepers": _l("They confirm and ship what leaves this warehouse.")}
    related = (Related(StockBalance, "warehouse", ("product", "on_hand", "reserved")),)
    pick_hints = ("code",)
    pick_search = ("name", "code")

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """Of the two flags what is out of the ordinary: the main one, and what is not used any more."""
        tell_flag(heads, rows, "is_main", tag(label_of(Warehouse, "is_main"), "go"))
        active = column_at(heads, "is_active")
        for _key, cells in rows:
            if active is not None and isinstance(cells[active], Markup):
                cells[active] = tag(cells[active].striptags())

    @classmethod
    def pick_conditions(cls, actor: Actor) -> Sequence[Any]:
        return () if request.args.get("all") == "1" else (Warehouse.is_active.is_(True),)

    def defaults(self, actor: Actor) -> dict[str, Any]:
        return {"is_active": True}

    def show_context(self, row: Warehouse, actor: Actor) -> dict[str, Any]:
        return {"keepers": [str(keeper) for keeper in row.keepers]}


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(WarehouseView)
