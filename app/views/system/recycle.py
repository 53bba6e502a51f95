"""回收站 The recycle bin: what was deleted, and its way back. spec.md §0."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.errors import AppError, NotAllowed
from app.core.kinds.relation import row_key
from app.core.record.recycle import DeletedRecord, restore
from app.query.audit import deleted_records
from app.screens.form.saving import Done, once
from app.screens.frame.cells import record_url
from app.screens.frame.labels import subject_label
from app.screens.frame.registry import has_page
from app.screens.web.current_actor import current_actor
from app.security.policy import require_visible, require_write

ROWS = 50


class RecycleView(BaseView):
    """`/recycle/list/`"""

    route_base = "/recycle"
    default_view = "list_page"

    def _actor(self, right: str) -> Actor:
        actor = current_actor()
        if not actor.may(right, DeletedRecord):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        return actor

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """Latest first."""
        return self._page(self._actor("read"))

    def _page(self, actor: Actor, error: AppError | None = None) -> ResponseReturnValue:
        rows = deleted_records(db.session(), actor, ROWS, row_key(request.args.get("before", "")))
        more, rows = len(rows) > ROWS, rows[:ROWS]
        page = render_template(
            "system/recycle.html", rows=rows, older=f"/recycle/list/?before={rows[-1].id}" if more else "",
            subject_label=subject_label, may_restore=actor.may("restore", DeletedRecord),
            errors=[error.message] if error else [],
        )  # fmt: skip
        return page, error.http_status if error else 200

    @expose("/restore/<int:pk>", methods=("POST",))
    def restore(self, pk: int) -> ResponseReturnValue:
        """Bring a record back as it was."""
        actor = self._actor("restore")

        def bring_back() -> Done:
            session = db.session()
            deleted = require_visible(session, DeletedRecord, pk, actor)
            require_write(
                session, deleted, actor, _("Only its owner, who deleted it, or someone above may restore it.")
            )
            row = restore(session, deleted, actor)
            to = record_url(type(row), row.id) if has_page(type(row)) else "/recycle/list/"
            return Done(to, [(_("%(what)s has been restored.", what=str(row)), "success")])

        try:
            return once(bring_back)
        except AppError as error:
            if error.http_status == 404:
                raise
            return self._page(current_actor(), error)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(RecycleView)
