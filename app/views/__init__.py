"""What people and programs see. `prepare` comes before the app builder is made, `register` adds every view after it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask, current_app

from app.core.appbuilder import AppBuilder
from app.core.discovery import import_areas
from app.screens.frame.registry import VIEWS

# Parts of the page engine and of REST that bring addresses of their own.
ENGINE = (
    "app.screens.form.pick", "app.screens.web.session", "app.screens.record.attachment", "app.screens.prepared.pages",
    "app.rest.prepared", "app.rest.resources",
)  # fmt: skip


def prepare(app: Flask) -> None:
    """Errors, headers and the frame of pages; sign-in page and desk as the builder will ask for them."""
    from app.screens.frame import assets, menu, template_filters
    from app.screens.web import auth, errors, headers, health, hosts, request_log

    app.config["FAB_INDEX_VIEW"] = "app.views.desks.desk.DeskView"
    for part in (request_log, hosts, errors, assets, headers, menu, template_filters, auth, health):
        part.install(app)


def register(builder: AppBuilder) -> None:
    from app.screens.frame import texts

    modules = [*import_areas(__name__), *(import_module(name) for name in ENGINE)]
    for module in modules:
        if hasattr(module, "register"):
            module.register(builder)
    texts.install(current_app)
    known = {type(view) for view in builder.baseviews}
    for view in VIEWS.values():
        if view not in known:
            builder.add_view_no_menu(view)
