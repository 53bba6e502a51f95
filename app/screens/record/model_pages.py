"""All pages of one model share the model, who may open them, and how a row is found."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import BaseView
from app.core.db.base import db
from app.core.errors import NotAllowed
from app.core.record.entry import ENTRIES, Entry
from app.screens.frame.cells import page_of, record_url
from app.screens.frame.derived import derive_view
from app.screens.frame.registry import VIEWS
from app.screens.record.record_page import relations_to_load
from app.screens.web.current_actor import current_actor
from app.security.policy import require_visible
from app.security.roles import R


class ModelPages(BaseView):
    """The model says what its rows are called (`title`, `one`), and its policy says who sees them.

    icon            of the sprite
    menu_section    key of the section of the menu it stands in; that of its area, else of what it refers to, when left
                    out; None for a list that has no entry
    menu_order      its place among the entries of the section
    menu_without    roles that may read the list and find nothing in it
    rest_columns    names that programs are shown of a row; all of them when empty
    rest_methods    the HTTP methods that programs may use, as far as the model takes them; none: no REST resource
    """

    model: type[Any]
    route_base: str
    title: Any
    one: Any
    icon = "file-text"
    menu_section: str | None = ""
    menu_order = 100
    menu_without: tuple[R, ...] = ()
    show_fieldsets: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    is_linked = True  # its name in other lists leads to its page
    can_add = True
    can_edit = True
    can_delete = True
    rest_columns: tuple[str, ...] = ()
    rest_methods: tuple[str, ...] = ("GET", "POST", "PUT", "DELETE")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "model" in cls.__dict__:
            if cls.model in VIEWS:
                raise ValueError(f"{cls.model.__name__} has two views: {VIEWS[cls.model].__name__} and {cls.__name__}")
            cls.route_base = page_of(cls.model)
            derive_view(cls)
            VIEWS[cls.model] = cls

    @property
    def entry(self) -> Entry:
        """The entry of this model; one that refuses everything where people change nothing."""
        return ENTRIES.get(self.model) or _Closed()

    def reader(self) -> Actor:
        """Return the person who may read this model.

        errors  Unauthenticated; NotAllowed without the right to read this model
        """
        actor = current_actor()
        self.require("read", actor)
        return actor

    def reader_again(self) -> Actor:
        """Return the person, read anew: the transaction they were read in has been rolled back."""
        g.pop("actor", None)
        return self.reader()

    def require(self, right: str, actor: Actor) -> None:
        """Refuse a person without the right.

        errors  NotAllowed
        """
        if not actor.may(right, self.model):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))

    def row(self, pk: int, actor: Actor) -> Any:
        """Return the row with this key.

        errors  NotFound
        """
        names = [name for _title, names in self.show_fieldsets for name in names]
        return require_visible(db.session(), self.model, pk, actor, options=relations_to_load(self.model, names))

    @classmethod
    def page_instead(cls, row_id: int, actor: Actor) -> str:
        """Return the address that the name of a row leads to for a person who may not open its page.

        It is empty where the name leads nowhere.
        """
        return ""

    def show_url(self, pk: int) -> str:
        return record_url(self.model, pk)


class _Closed(Entry):
    """This entry belongs to a model that only its workflow writes, and refuses everybody else."""
