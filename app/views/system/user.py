"""用户 People: superiors, roles, passwords, leaving. Manual 3.1; spec.md §1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, expose
from app.core.db.base import db
from app.core.errors import AppError, Refused
from app.core.kinds.relation import row_key
from app.core.record.fields import label_of
from app.models.system.user import AppUser
from app.query.listing import Sort
from app.reports.system.user import has_left, is_superior, is_working_here, roles, roles_by_key, roles_of_users
from app.screens.form.forms import Control, place_errors
from app.screens.form.saving import Done, once
from app.screens.frame.cells import tag
from app.screens.list.list_shape import tell_flag
from app.screens.record.record_view import PageButton, RecordView, Related
from app.security.roles import role_label
from app.workflows.system.user import give_password, hashed_password, reset_password


class UserView(RecordView):
    """用户: nobody is deleted; who left is marked and keeps standing on old records."""

    model = AppUser
    icon = "users"
    menu_order = 10
    is_linked = False
    form_required = ("name",)
    list_columns = ("name", "username", "department", "manager", "mobile", "active", "has_left")
    card_columns = ("name", "has_left", "department", "mobile", "username")
    filter_columns = ("manager", "active", "has_left")
    order_columns = ("name", "username", "department")
    search_columns = ("name", "username", "mobile")
    base_order = ("id", "asc")
    presets: Mapping[str, tuple[Any, Any]] = {
        "here": (_l("Working here"), is_working_here),
        "left": (_l("Has left"), has_left),
    }
    show_template = "user/show.html"
    form_template = "user/form.html"
    badge_columns = ()
    show_fieldsets = (
        (_l("Basics"), ("username", "name", "department", "manager", "mobile", "email", "active", "has_left")),
    )
    form_fieldsets = (
        (_l("Basics"), ("username", "name", "department", "manager", "mobile", "email", "active", "has_left")),
    )
    form_hints: Mapping[str, Any] = {
        "username": _l("For signing in; it cannot be changed later."),
        "has_left": _l("Who left cannot sign in any more and stays on old records."),
    }
    related = (
        Related(AppUser, "manager", ("name", "department", "active"), title=_l("People below"), rows=50,
                sort=Sort("id", False), name="below"),
    )  # fmt: skip
    linked_from = ()
    can_delete = False
    rest_columns = ("id", "name")
    rest_methods = ("GET",)
    has_attachments = False
    pick_hints = ("department",)
    pick_search = ("name", "username")

    @classmethod
    def pick_conditions(cls, actor: Actor) -> Sequence[Any]:
        return () if request.args.get("all") == "1" else (AppUser.has_left.is_(False),)

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        tell_flag(heads, rows, "has_left", tag(label_of(AppUser, "has_left")))
        held = roles_of_users(db.session(), [key for key, _cells in rows])
        heads.append({"label": label_of(AppUser, "roles"), "class": ""})
        for key, cells in rows:
            cells.append("、".join(role_label(code) for code in held.get(key, [])))

    def tables(self, row: AppUser, actor: Actor) -> Sequence[Related]:
        """The people below, of whoever has any."""
        return self.related if is_superior(db.session(), row.id) else ()

    def subheading(self, row: AppUser) -> str:
        return str(row.username)

    def defaults(self, actor: Actor) -> dict[str, Any]:
        return {"active": True}

    def show_context(self, row: AppUser, actor: Actor) -> dict[str, Any]:
        return {"roles": [role_label(role.name) for role in row.roles]}

    def page_buttons(self, row: AppUser, actor: Actor) -> list[PageButton]:
        if not actor.may("edit", AppUser):
            return []
        return [
            PageButton(_("New password"), f"{self.route_base}/reset/{row.id}", "key"),
            PageButton(_("Signed-in devices"), f"/session/user/{row.id}", "device-desktop"),
        ]

    # Roles, and the first password

    def extra_form(self, row: AppUser | None, actor: Actor) -> dict[str, Any]:
        held = [str(role.id) for role in row.roles] if row is not None else []
        chosen = request.form.getlist("roles") if request.method == "POST" else held
        control = Control("roles", label_of(AppUser, "roles"), "many", value=chosen)
        control.options = [(str(role.id), role_label(role.name)) for role in roles(db.session())]
        password = [] if row is not None else [self._password_control()]
        return {"roles_control": control, "password_controls": password}

    def _password_control(self) -> Control:
        hint = _("At least 10 characters. Tell the person; they choose their own when they sign in.")
        return Control("password", _("Password"), "password", required=True, hint=hint)

    def extra_values(self, actor: Actor, current: Any) -> dict[str, Any]:
        keys = [key for text in request.form.getlist("roles")[:100] if (key := row_key(text)) is not None]
        found = roles_by_key(db.session(), keys)
        if not found:
            raise Refused("invalid", _("Please give the person at least one role."), field="roles")
        values: dict[str, Any] = {"roles": found}
        if current is None:
            names = (request.form.get("username"), request.form.get("name"))
            hashed_password(request.form.get("password", ""), *names)
        return values

    def saved(self, row: AppUser, actor: Actor) -> None:
        if not row.password:  # a new person; who is on file has a page of their own for it, which the log tells of
            give_password(row, request.form.get("password", ""), by_another=True)

    # A new password

    @expose("/reset/<int:pk>", methods=("GET", "POST"))
    def reset(self, pk: int) -> ResponseReturnValue:
        """A new password by the administrator."""
        actor = self.reader()
        self.require("edit", actor)
        row = self.row(pk, actor)
        if request.method == "GET":
            return self._reset_page(row)

        def change() -> Done:
            user = self.row(pk, actor)
            reset_password(db.session(), user, request.form.get("password", ""), actor)
            text = _("%(name)s has a new password; all their sessions have ended.", name=user.name)
            return Done(self.show_url(pk), [(text, "success")])

        try:
            return once(change)
        except AppError as error:
            return self._reset_page(self.row(pk, self.reader_again()), error)

    def _reset_page(self, row: AppUser, error: AppError | None = None) -> ResponseReturnValue:
        control = self._password_control()
        notes = place_errors([control], error) if error else []
        page = render_template("user/reset.html", view=self, row=row, control=control, errors=notes)
        return page, error.http_status if error else 200


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(UserView)
