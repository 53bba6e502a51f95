"""消息 The list of what one was told. Manual 3.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.db.base import db, models_by_name
from app.core.record.naming import singular
from app.models.office.message import Message
from app.query.naming import visible_ids
from app.screens.frame.cells import page_of
from app.screens.frame.registry import has_page
from app.screens.record.record_page import Buttons, PageButton
from app.screens.record.record_view import RecordView


def is_unread(actor: Actor) -> Any:
    """Condition: messages that the person has not read yet."""
    return Message.read_at.is_(None)


class MessageView(RecordView):
    """Each person finds their own."""

    model, icon = Message, "mail"
    menu_section, menu_order = "home", 110
    list_columns = ("text", "created_by", "created_at", "read_at")
    filter_columns = ("created_by", "created_at", "read_at")
    order_columns = ("created_at", "read_at")
    search_columns = ("text",)
    card_columns = ("text", "created_by", "created_at")
    badge_columns = ()
    presets: Mapping[str, tuple[Any, Any]] = {"unread": (_l("Unread"), is_unread)}
    show_fieldsets = ((_l("Message"), ("text", "created_by", "created_at", "read_at")),)
    wide_fields = ("text",)
    can_add = can_edit = can_delete = has_attachments = False

    def heading(self, row: Message) -> str:
        return str(singular(Message))

    def buttons(self, row: Message, actor: Actor) -> Buttons:
        """What is read already needs no button that says so."""
        return Buttons() if row.read_at is not None else super().buttons(row, actor)

    def page_buttons(self, row: Message, actor: Actor) -> list[PageButton]:
        """It leads to what it is about, for who may open that."""
        model = models_by_name().get(row.about.model) if row.about is not None else None
        if row.about is None or model is None or not has_page(model) or not actor.may("read", model):
            return []
        if not visible_ids(db.session(), model, [row.about.id], actor):
            return []
        return [
            PageButton(_("Open the %(what)s", what=singular(model)), f"{page_of(model)}/show/{row.about.id}", "eye")
        ]


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(MessageView)
