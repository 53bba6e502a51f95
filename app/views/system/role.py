"""角色 Roles and their rights: the administrator ticks what a role may do. Manual 3.1; spec.md §1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db, model_name, models_by_name
from app.core.errors import AppError, NotAllowed
from app.core.flow.workflow import WORKFLOWS
from app.reports.system.user import rights_of_role, role_holders, role_with_key, roles
from app.screens.form.saving import Done, once
from app.screens.frame.labels import RIGHTS, right_label, subject_label
from app.screens.frame.registry import VIEWS
from app.screens.web.current_actor import current_actor
from app.security.granting import grant, known_rights
from app.security.roles import role_label

_FIRST = tuple(RIGHTS)


def _place(right: str, subject: str) -> tuple[int, int]:
    """The usual rights first, then the workflow's steps in their order."""
    if right in _FIRST:
        return 0, _FIRST.index(right)
    workflow = WORKFLOWS.get(models_by_name().get(subject, object))
    return 1, list(workflow.steps).index(right) if workflow and right in workflow.steps else 0


# The rights nearly everything has, each in a column of its own; what else there is stands behind them.
COLUMNS = ("read", "create", "edit", "delete", "import", "export")


@dataclass(frozen=True)
class Ruled:
    """What rights are on: `usual` is None where there is no such right; `more` are its steps, with their names."""

    subject: str
    label: str
    usual: list[str | None]
    more: list[tuple[str, str]]


def rights_table() -> list[tuple[Any, list[Ruled]]]:
    """(heading, what it is about): records in the order of their pages, then the system, then reports."""
    by_subject: dict[str, list[str]] = {}
    for right, subject in known_rights():
        by_subject.setdefault(subject, []).append(right)
    pages = [model_name(model) for model in VIEWS]
    groups: dict[str, list[Ruled]] = {str(_("Records")): [], str(_("System")): [], str(_("Reports")): []}
    records, system, reports = groups.values()
    for subject, rights in by_subject.items():
        more = sorted((right for right in rights if right not in COLUMNS), key=lambda right: _place(right, subject))
        usual = [right if right in rights else None for right in COLUMNS]
        ruled = Ruled(subject, subject_label(subject), usual, [(right, right_label(right, subject)) for right in more])
        (reports if subject.startswith("report_") else records if subject in pages else system).append(ruled)
    records.sort(key=lambda ruled: pages.index(ruled.subject))
    for group in (system, reports):
        group.sort(key=lambda ruled: ruled.label)
    return list(groups.items())


class RoleView(BaseView):
    """Roles, how many people hold each, and the page of ticks."""

    route_base = "/role"
    default_view = "list_page"

    def _actor(self, right: str) -> Actor:
        actor = current_actor()
        if not actor.may(right, "role"):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        return actor

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """Every role."""
        self._actor("read")
        session = db.session()
        holders = role_holders(session)
        rows = [(role.id, role_label(role.name), role.name, holders.get(role.id, 0)) for role in roles(session)]
        return render_template("system/roles.html", rows=rows)

    @expose("/edit/<int:pk>", methods=("GET", "POST"))
    def edit(self, pk: int) -> ResponseReturnValue:
        """The rights of one role."""
        actor = self._actor("read" if request.method == "GET" else "edit")
        if request.method == "GET":
            return self._page(pk, actor, rights_of_role(db.session(), role_with_key(db.session(), pk).id))
        wanted = {(right, subject) for subject, _c, right in (t.partition(":") for t in request.form.getlist("right"))}

        def save() -> Done:
            session = db.session()
            role = role_with_key(session, pk)
            grant(session, role, wanted, actor)
            return Done("/role/list/", [(_("%(what)s has been saved.", what=role_label(role.name)), "success")])

        try:
            return once(save)
        except AppError as error:
            if error.http_status == 404:
                raise
            return self._page(pk, current_actor(), wanted, error)

    def _page(self, pk: int, actor: Actor, held: Any, error: AppError | None = None) -> ResponseReturnValue:
        role = role_with_key(db.session(), pk)
        page = render_template(
            "system/role.html", role=role, name=role_label(role.name), groups=rights_table(), held=held,
            columns=[(right, right_label(right, "")) for right in COLUMNS],
            errors=[error.message] if error else [], may_edit=actor.may("edit", "role"),
        )  # fmt: skip
        return page, error.http_status if error else 200


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(RoleView)
