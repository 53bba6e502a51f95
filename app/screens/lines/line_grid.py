"""行表格 What the line grid asks while one types, for any document whose lines name products. Manual 8.5, 10.9.

How another document takes it over: docs/decisions/0004-line-grid.md
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.db.base import db
from app.core.errors import NotAllowed
from app.core.record.fields import label_of
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrderLine
from app.reports.products.product_picker import (
    Circumstances,
    as_json,
    offered_products,
    products_found,
    products_named,
)
from app.screens.form.json_answers import answers_json, sent_body
from app.screens.frame.registry import VIEWS
from app.screens.list.address import whole
from app.screens.record.record_view import RecordView, expose
from app.screens.web.current_actor import current_actor

MOST_ASKED = 500


class LineGridPages(RecordView):
    """The two addresses of `static/js/grid.js`: products found by a search, and products named by pasted rows."""

    def require_entry(self) -> Actor:
        """errors  NotAllowed for who may neither create nor edit such documents"""
        actor = current_actor()
        if not actor.may("create", self.model) and not actor.may("edit", self.model):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        return actor

    @expose("/products")
    @answers_json
    def products(self) -> list[dict[str, Any]]:
        """`?q=` searches, `?ids=1,2` asks about chosen ones: at most 20, or those asked for, with stock and prices."""
        actor = self.require_entry()
        circumstances = _circumstances(request.args)
        ids = [key for text in request.args.get("ids", "").split(",")[:MOST_ASKED] if (key := whole(text)) is not None]
        if ids:
            return [as_json(found) for found in offered_products(db.session(), ids, circumstances, actor).values()]
        query = request.args.get("q", "").replace("\x00", "")[:60]
        return [as_json(found) for found in products_found(db.session(), query, circumstances, actor)]

    @expose("/named", methods=("POST",))
    @answers_json
    def named(self) -> dict[str, list[dict[str, Any]]]:
        """Pasted names → the products they stand for; none or several where the name is not enough."""
        actor = self.require_entry()
        given = sent_body()
        texts = given.get("names")
        names = [text[:200] for text in texts[:MOST_ASKED] if isinstance(text, str)] if isinstance(texts, list) else []
        circumstances = _circumstances({k: str(v) for k, v in given.items() if isinstance(v, str | int)})
        ids = products_named(db.session(), names, actor)
        known = offered_products(db.session(), [key for keys in ids.values() for key in keys], circumstances, actor)
        return {name: [as_json(known[key]) for key in keys if key in known] for name, keys in ids.items()}


def _circumstances(given: Mapping[str, str]) -> Circumstances:
    return Circumstances(whole(given.get("customer", "")), whole(given.get("warehouse", "")))


def new_address(model: type[Any], actor: Actor) -> dict[str, str] | None:
    """Where a search list makes a missing row and what one is called; nothing for who may make none."""
    view = VIEWS[model]
    address = view.quick_address(actor)
    return {"to": address, "one": str(view.one)} if address else None


def grid_setup(actor: Actor) -> dict[str, Any]:
    """What the grid's script begins with."""
    return {"newProduct": new_address(Product, actor)}


def grid_texts() -> dict[str, str]:
    """What the grid's script says, in the person's language."""
    return {
        "available": _("Available"), "short": _("short"), "last": _("Last price"),
        "listPrice": label_of(SalesOrderLine, "list_price"), "tier": _("Price tier"),
        "choose": _("Please choose from the list."), "unknown": _("No product on sale is called so."),
        "several": _("Several products are called so; please choose."),
        "notQuantity": _("At most three decimals."), "needQuantity": _("Please enter a quantity."),
        "notPrice": _("At most four decimals."), "needPrice": _("Please enter a price."),
        "notDiscount": _("A discount is a percentage such as 95."),
        "missing": _("The product is not on file? Ask the product manager to add it."),
        "row": _("{what}, line {n}"), "removed": _("Line {n} removed: {what}"), "undo": _("Undo"),
        "pasteHere": _("Click into a product cell and press Ctrl+V."),
        "newOne": _("+ New {what}"), "newNamed": _("+ New {what} “{text}”"),
    }  # fmt: skip
