"""What people and programs see. `prepare` comes before the app builder is made, `register` adds every view after it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask, current_app
from flask_appbuilder import AppBuilder

from app.views.registry import VIEWS

# A domain's pages stand in the file of its name. Views of a model need no more than their class; whatever else a file
# offers it adds in register(builder).
MODULES = (
    "desk", "help", "call", "search", "pick", "customer", "product", "sales_order", "goods_issue", "payment", "stock",
    "user", "session", "role", "setting", "audit", "recycle", "attachment", "imports", "printing", "report", "api",
)  # fmt: skip


def prepare(app: Flask) -> None:
    """Errors, headers and the frame of pages; sign-in page and desk as the builder will ask for them."""
    from app.views import assets, auth, errors, headers, health, menu, request_log, shown

    app.config["FAB_INDEX_VIEW"] = "app.views.desk.DeskView"
    for part in (request_log, errors, assets, headers, menu, shown, auth, health):
        part.install(app)


def register(builder: AppBuilder) -> None:
    from app.views import texts

    modules = [import_module(f"app.views.{name}") for name in MODULES]
    for module in modules:
        if hasattr(module, "register"):
            module.register(builder)
    texts.install(current_app)
    known = {type(view) for view in builder.baseviews}
    for view in VIEWS.values():
        if view not in known:
            builder.add_view_no_menu(view)
