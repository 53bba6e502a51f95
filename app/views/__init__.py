"""What people and programs see. `prepare` comes before the app builder is made, `register` adds every view after it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from flask_appbuilder import AppBuilder

# Each has register(builder); a domain's pages stand in the file of its name.
MODULES = (
    "desk", "search", "pick", "customer", "product", "sales_order", "goods_issue", "payment", "stock",
    "user", "role", "setting", "audit", "recycle", "attachment", "imports", "printing", "report", "api",
)  # fmt: skip


def prepare(app: Flask) -> None:
    """Errors, headers and the frame of pages; sign-in page and desk as the builder will ask for them."""
    from app.views import assets, auth, errors, headers, menu, shown

    app.config["FAB_INDEX_VIEW"] = "app.views.desk.DeskView"
    for part in (errors, assets, headers, menu, shown, auth):
        part.install(app)


def register(builder: AppBuilder) -> None:
    for name in MODULES:
        import_module(f"app.views.{name}").register(builder)
