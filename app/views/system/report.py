"""综合报表 One page for every report: columns, foot, filters, workbook, links to what is behind. Manual 8.14, 16."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseApi, BaseView, expose
from app.core.clock import SHANGHAI
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.db.unit_of_work import reading
from app.core.errors import NotAllowed, no_such_row
from app.core.jobs.children import Told
from app.core.jobs.prepared import Asked, MadeFile, file_kind
from app.core.kinds.comparison import NOTHING
from app.core.record.labels import code_label
from app.core.report import EMPTY, REPORTS, Report, ReportColumn
from app.core.sheets.spool import workbook_later
from app.core.sheets.table_workbook import XLSX
from app.printing.report import report_cells, report_table, report_workbook
from app.query.report_run import SENT, Footing, all_rows, is_ready, readable_report, table
from app.reports.system.filters import FILTERS, choices, chosen_rows, read_filters
from app.rest.behind import address_behind
from app.rest.request import authenticate, json_response
from app.screens.form.forms import Control
from app.screens.frame.cells import badge, record_url
from app.screens.frame.registry import model_named
from app.screens.frame.values import day
from app.screens.list.behind import may_open, page_behind, parameters
from app.screens.list.export import AT_ONCE, as_download, note_export, note_prepared
from app.screens.prepared.pages import prepared_later
from app.screens.web.current_actor import current_actor, only_read


def shown(column: ReportColumn, value: Any) -> str:
    """A cell as people read it; codes as badges."""
    if value is None:
        return str(column.blank)
    if column.sparse and not value:
        return ""
    kind = column.kind
    if kind.drawing == "badge":
        return badge(column.value(value))
    if kind.is_temporal and isinstance(value, dt.datetime) and is_midnight(value):
        return day(value.astimezone(SHANGHAI).date())
    return kind.text(value)


def is_midnight(value: dt.datetime) -> bool:
    """Whether a moment stands for its whole day: what stood open when a period began."""
    return value.astimezone(SHANGHAI).time() == dt.time.min


Opener = Callable[[ReportColumn, Mapping[str, Any] | None], str]


def opener(report: Report, filters: Mapping[str, Any], actor: Actor) -> Opener:
    """Tells the address of what a cell opens, or with no row its total; empty when that is nothing for this person."""

    def opened_by(column: ReportColumn, row: Mapping[str, Any] | None) -> str:
        if column.behind is not None:
            said = parameters(column.behind, report, filters, row)
            return page_behind(column.behind, said) if said is not None and may_open(column.behind, actor) else ""
        if row is None or column.link is None or column.opens is None or not row[column.link]:
            return ""
        subject = str(row[column.opens[1:]]) if column.opens.startswith("@") else column.opens
        model = model_named(subject)
        return record_url(model, row[column.link]) if model is not None and actor.may("read", subject) else ""

    return opened_by


def page_address(report: Report) -> str:
    return f"/report/{report.name}/"


def controls_of(report: Report, filters: Mapping[str, Any], actor: Actor) -> list[Control]:
    """The filters as controls of a form, filled with what is chosen."""
    session = db.session()
    rows = chosen_rows(session, report, filters, actor)
    controls = []
    for name in report.filters:
        told, value = FILTERS[name], filters.get(name)
        control = Control(name, str(told.label), "date", "" if value is None else str(value))
        if told.find is not None:
            control.kind, control.source = "pick", f"{page_address(report)}pick/{name}"
            control.text = str(rows[name]) if name in rows else ""
        elif told.model is not None:
            control.kind = "select"
            control.options = [(str(row.id), str(row)) for row in choices(session, name, actor)]
        elif told.codes is not None:
            control.kind = "select"
            control.options = [(code.value, code_label(code)) for code in told.codes]
        if value is EMPTY:
            control.value, control.text = NOTHING, str(_("not filled in"))
            control.options = [*control.options, (NOTHING, control.text)]
        control.required = name in report.required
        controls.append(control)
    return controls


def told_filters(report: Report, filters: Mapping[str, Any], actor: Actor) -> list[str]:
    """The filters in words, for the head of the workbook."""
    rows = chosen_rows(db.session(), report, filters, actor)
    told = []
    for name, value in filters.items():
        if value:
            words = str(rows[name]) if name in rows else _told_choice(value)
            told.append(_("%(label)s: %(value)s", label=str(FILTERS[name].label), value=words))
    return told


def _told_choice(value: Any) -> str:
    if value is EMPTY:
        return str(_("not filled in"))
    return code_label(value) if isinstance(value, enum.StrEnum) else day(value)


def workbook_title(_session: Session, asked: Asked, actor: Actor) -> str:
    """What the workbook is called. errors  NotFound; NotAllowed without the right to this report"""
    return f"{readable_report(asked['report'], actor).title}.xlsx"


@file_kind("report", workbook_title)
def report_file(session: Session, asked: Asked, actor: Actor, told: Told) -> MadeFile:
    """The workbook of a report of many rows; the log keeps who took it."""
    report = readable_report(asked["report"], actor)
    filters = read_filters(session, report, asked["filters"], actor)
    words = told_filters(report, filters, actor)
    rows = Footing(report.columns_for(actor), all_rows(session, report, filters, actor))
    table = report_table(report, words, actor)
    content = workbook_later(session, table, report_cells(report, rows, rows.foot, actor), told)
    note_prepared(session, report.subject, actor, rows.count, words)
    return MadeFile(f"{report.title}.xlsx", XLSX, content)


class ReportView(BaseView):
    """Every entry of the registry, by its name."""

    route_base = "/report"
    default_view = "page"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The reports this person may read, and what each tells."""
        actor = current_actor()
        found = [(page_address(report), report) for report in REPORTS.values() if report.may_be_read(actor)]
        if not found:
            raise NotAllowed("not_allowed", _("You do not have the right to read this report."))
        return render_template("reports/index.html", reports=found)

    @expose("/<string:name>/")
    def page(self, name: str) -> str:
        """The table on screen; with nothing chosen where something must be, the question instead."""
        with reading():
            session, actor = db.session(), current_actor()
            report = readable_report(name, actor)
            given = request.args.to_dict()
            filters = read_filters(session, report, given, actor)
            found = table(session, report, filters, actor)
            controls = controls_of(report, filters, actor)
            return render_template(
                "reports/report.html",
                report=report, columns=report.columns_for(actor), table=found, ready=is_ready(report, filters),
                controls=controls, shown=shown,
                about=next((control.text for control in controls if control.name in report.required), ""),
                opened_by=opener(report, filters, actor),
                workbook=f"{page_address(report)}workbook?{urlencode(given)}",
                others=[(page_address(entry), entry) for entry in REPORTS.values() if entry.may_be_read(actor)],
            )  # fmt: skip

    @expose("/<string:name>/workbook", methods=("POST",))
    def workbook(self, name: str) -> ResponseReturnValue:
        """The same rows, all of them, as a workbook; many become a prepared file. The log keeps who took it."""
        only_read()  # many rows take their time, and nobody shall wait for this person meanwhile
        session, actor, given = db.session(), current_actor(), request.args.to_dict()
        report = readable_report(name, actor)
        filters = read_filters(session, report, given, actor)
        rows = list(all_rows(session, report, filters, actor, AT_ONCE + 1))
        told = told_filters(report, filters, actor)
        session.rollback()
        if len(rows) > AT_ONCE:
            chosen = {filtered: given[filtered] for filtered in report.filters if filtered in given}
            return prepared_later("report", {"report": name, "filters": chosen})
        footing = Footing(report.columns_for(actor), iter(rows))
        content = report_workbook(report, footing, footing.foot, told, actor)
        note_export(report.subject, actor, footing.count, told)
        return as_download(content, str(report.title), name)

    @expose("/<string:name>/pick/<string:filtered>")
    def pick(self, name: str, filtered: str) -> Response:
        """Rows to choose from while typing: name and number only."""
        with reading():
            actor = current_actor()
            report = readable_report(name, actor)
            find = FILTERS[filtered].find if filtered in report.filters else None
            if find is None:
                raise no_such_row()
            found = find(db.session(), request.args.get("q", ""), actor)
            return jsonify([{"id": row.id, "text": " ".join(_told(row))} for row in found])


class ReportApi(BaseApi):
    """The same as programs read it: what they may read, and each report with the addresses of the rows behind it."""

    route_base = "/api/v1/report"
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    def create_blueprint(self, appbuilder: AppBuilder, *args: Any, **options: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(appbuilder, *args, **options)
        blueprint.before_request(authenticate)
        return blueprint

    @expose("/", methods=("GET",))
    def listed(self) -> Response:
        """The reports this person may read."""
        actor = current_actor()
        found = [{"name": r.name, "title": str(r.title)} for r in REPORTS.values() if r.may_be_read(actor)]
        return json_response(200, {"result": found})

    @expose("/<string:name>", methods=("GET",))
    def get(self, name: str) -> Response:
        """The rows of a report and its totals; nothing where something must be chosen first."""
        session, actor = db.session(), current_actor()
        report = readable_report(name, actor)
        filters = read_filters(session, report, request.args.to_dict(), actor)
        found = table(session, report, filters, actor, SENT)
        columns = report.columns_for(actor)

        def behind(row: Mapping[Any, Any] | None) -> dict[str, str]:
            addresses = {}
            for column in columns:
                if column.behind is not None and may_open(column.behind, actor):
                    said = parameters(column.behind, report, filters, row)
                    if said is not None:
                        addresses[column.name] = address_behind(session, column.behind, said, actor)
            return addresses

        told = [{"name": c.name, "title": str(c.label), "kind": "code" if c.codes else c.unit} for c in columns]
        opening, leaves = opening_and_leaves(report, found.rows)
        rows = [{c.name: sent(c, row[c.name]) for c in columns} | {"_behind": behind(row)} for row in leaves]
        totals = {c.name: sent(c, found.foot[c.name]) for c in columns if c.total and c.name in found.foot}
        answer = {"columns": told, "rows": rows, "totals": totals, "more": found.has_more, "_behind": behind(None)}
        for column in (column for column in columns if report.opening and column.last):
            began = opening[column.name] if opening is not None else ZERO
            answer |= {"opening": sent(column, began), "closing": sent(column, found.foot.get(column.name, began))}
        return json_response(200, answer)


def opening_and_leaves(
    report: Report, rows: Sequence[sa.RowMapping]
) -> tuple[sa.RowMapping | None, Sequence[sa.RowMapping]]:
    """What stood when the period began, where the report tells it, and the rows of the period."""
    if report.opening and rows and rows[0][report.opening] is None:
        return rows[0], rows[1:]
    return None, rows


def sent(column: ReportColumn, value: Any) -> Any:
    """A cell as programs read it: exact numbers as text, codes as they are."""
    if value is not None and column.is_number and not column.kind.is_exact:
        return int(value)  # the sum of whole numbers is an exact one
    return None if value is None else column.kind.json(column.value(value))


def _told(row: Any) -> list[str]:
    """What the row is called, and its number where that is something else."""
    return list(dict.fromkeys((str(row), str(getattr(row, "number", None) or row))))


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ReportView)
    builder.add_api(ReportApi)
