"""审计 The log of everything, for who may read it. spec.md §0."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.clock import SHANGHAI
from app.core.db.base import db, models_by_name
from app.core.errors import NotAllowed
from app.core.kinds.relation import row_key
from app.core.record.audit import AuditEntry
from app.core.report import REPORTS
from app.models.system.user import AppUser
from app.query.audit import COMINGS, AuditFilter, audit_entries
from app.query.naming import row_texts
from app.screens.frame.cells import record_url
from app.screens.frame.labels import subject_label
from app.screens.frame.registry import VIEWS
from app.screens.list.address import Address, openable_keys
from app.screens.record.history import acts_of
from app.screens.web.current_actor import current_actor

ROWS = 50


def _day(text: str, clock: dt.time) -> dt.datetime | None:
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
    return dt.datetime.combine(day, clock, tzinfo=SHANGHAI) if 1900 <= day.year < 2200 else None


def asked() -> AuditFilter:
    """What the address asks for; what cannot be read is left out."""
    args = request.args
    model = args.get("model", "")
    action = args.get("action", "")
    return AuditFilter(
        user_id=row_key(args.get("user", "")),
        model=model if model in _subjects() else "",
        record_id=row_key(args.get("record", "")),
        action=action if action.isidentifier() and len(action) <= 40 else "",
        since=_day(args.get("at_from", ""), dt.time.min),
        until=_day(args.get("at_to", ""), dt.time.max),
        before=row_key(args.get("before", "")),
        records_only=args.get("view") == "records",
    )


class AuditView(BaseView):
    """`/audit/list/`: every act on every record."""

    route_base = "/audit"
    default_view = "list_page"

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """Latest acts first."""
        actor = current_actor()
        if not actor.may("read", AuditEntry):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        session = db.session()
        wanted = asked()
        entries = audit_entries(session, wanted, actor, ROWS)
        more, entries = len(entries) > ROWS, entries[:ROWS]
        rows = acts_of(entries, session, actor)
        address = Address(request.path, request.args)
        person = row_texts(session, AppUser, [wanted.user_id]).get(wanted.user_id or 0, "")
        subjects = [(name, subject_label(name)) for name in sorted(_subjects())]
        older = address.but(before=str(entries[-1].id)) if more else ""
        names = _names(entries)
        return render_template(
            "system/audit.html", rows=rows, asked=wanted, person=person, address=address, older=older,
            opened=_opened(names, actor), names=names, comings=COMINGS, subjects=subjects,
            subject_label=subject_label,
        )  # fmt: skip


def _subjects() -> set[str]:
    """What people know by name: models, and reports that are taken along."""
    return _models() | {report.subject for report in REPORTS.values()}


def _models() -> set[str]:
    return {name for name, model in models_by_name().items() if model in VIEWS}


def _names(entries: Sequence[Any]) -> dict[tuple[str, int], str]:
    """(model, key) → what the record is called; what is gone is not in it. One statement per kind of record."""
    found: dict[tuple[str, int], str] = {}
    for name in {entry.model for entry in entries} & _models():
        keys = {entry.record_id for entry in entries if entry.model == name}
        for key, text in row_texts(db.session(), models_by_name()[name], keys).items():
            found[(name, key)] = text
    return found


def _opened(names: Iterable[tuple[str, int]], actor: Actor) -> dict[tuple[str, int], str]:
    """(model, key) → address, of the records that are still there and that the person may open."""
    keys: dict[str, set[int]] = {}
    for name, key in names:
        keys.setdefault(name, set()).add(key)
    found: dict[tuple[str, int], str] = {}
    for name, named in keys.items():
        model = models_by_name()[name]
        if actor.may("read", model):
            found |= {(name, key): record_url(model, key) for key in openable_keys(db.session(), model, named, actor)}
    return found


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(AuditView)
