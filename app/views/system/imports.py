"""导入 Import pages: template, upload, dry run, import with progress, refused rows, taking back. quality.md B8."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db, model_name
from app.core.db.unit_of_work import reading
from app.core.errors import NotAllowed, Refused, StateConflict, invalid, no_such_row
from app.core.files.archive import LARGEST
from app.core.files.files import Storage
from app.core.jobs.children import Told
from app.core.jobs.prepared import Asked, MadeFile, file_kind
from app.core.record.fields import code_label
from app.core.record.naming import singular
from app.core.record.tones import tone_of
from app.core.sheets.table_workbook import XLSX
from app.imports.engine import batches as work
from app.imports.engine.faults import fault_label
from app.imports.engine.importer import IMPORTERS, Importer, importer_of
from app.imports.engine.workbook_writer import write_refused, write_template
from app.models.system.import_batch import BatchState, ImportBatch
from app.reports.system import import_batch as shown
from app.screens.form.saving import Done, once
from app.screens.prepared.pages import offer, prepared_later
from app.screens.web.current_actor import current_actor, only_read

AT_ONCE = 1_000  # rows of a file whose refused ones are a download in the same click


def kinds_of(actor: Actor) -> list[type[Importer]]:
    """What this person may import."""
    return [importer for importer in IMPORTERS.values() if actor.may("import", importer.model)]


def kind_named(kind: str, actor: Actor) -> type[Importer]:
    """errors  NotFound; NotAllowed"""
    if kind not in IMPORTERS:
        raise no_such_row()
    if IMPORTERS[kind] not in kinds_of(actor):
        raise NotAllowed("not_allowed", _("You do not have the right to import this."))
    return IMPORTERS[kind]


def workbook_answer(content: io.BytesIO, name: str) -> Response:
    content.seek(0)
    answer = send_file(content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = f"attachment; filename=import.xlsx; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def chosen_beside(importer: type[Importer]) -> dict[str, Any]:
    """The key of the row that was chosen beside the file, as the batch keeps it."""
    if importer.chosen_model is None:
        return {}
    name = model_name(importer.chosen_model)
    given = request.form.get(name, "")
    return {name: int(given)} if given.isascii() and given.isdigit() and len(given) < 10 else {}


def address(batch: ImportBatch) -> str:
    return f"/import/{batch.id}"


class ImportView(BaseView):
    """One list of batches, one page per batch."""

    route_base = "/import"
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """What one may import, and what was imported so far."""
        with reading():
            return self._index([])

    def _index(self, refusals: list[str]) -> str:
        session, actor = db.session(), current_actor()
        found = shown.batches(session, actor)
        if not kinds_of(actor) and not found:
            raise NotAllowed("not_allowed", _("You do not have the right to import anything."))
        return render_template(
            "imports/index.html", kinds=kinds_of(actor), batches=found, refusals=refusals,
            offered=lambda kind: kind.offered(session, actor), one_of=singular, importer_of=importer_of,
            address=address,
        )  # fmt: skip

    @expose("/<string:kind>/template")
    @expose("/template/<string:kind>")
    def template(self, kind: str) -> Response:
        """The workbook to fill in, with the lists of today."""
        with reading():
            actor = current_actor()
            importer = kind_named(kind, actor)
            content = io.BytesIO()
            write_template(content, importer(db.session(), actor, {}), db.session())
        return workbook_answer(content, f"{importer.label}.xlsx")

    @expose("/upload", methods=["POST"])
    def upload(self) -> ResponseReturnValue:
        """A file is kept, and opened and checked by a job; one that can be seen to be none is refused on this page."""
        actor = current_actor()
        importer = kind_named(request.form.get("kind", ""), actor)
        try:
            return once(self._received(importer, actor))
        except Refused as refusal:
            only_read()
            return self._index([reason.message for reason in refusal.reasons]), 422

    def _received(self, importer: type[Importer], actor: Actor) -> Callable[[], Done]:
        """Checks the rights and looks at the file from outside; what is returned keeps it."""
        session = db.session()
        options = chosen_beside(importer)
        work.require_importable(session, importer.kind, options, actor)
        session.rollback()  # a large file takes its time, and nobody shall wait for this one meanwhile
        given = request.files.get("file")
        if given is None or not given.filename:
            raise invalid("file", _("Please choose a file."))
        upload = work.unopened_upload(importer.kind, given.read(LARGEST + 1), given.filename)
        storage: Storage = current_app.extensions["storage"]
        token = request.form.get("form_token") or None

        def receive() -> Done:
            return Done(address(work.receive(db.session(), storage, upload, options, actor, form_key=token)))

        return receive

    @expose("/<int:batch_id>")
    def batch(self, batch_id: int) -> ResponseReturnValue:
        """Figures, faults and what can be done next."""
        with reading():
            session, actor = db.session(), current_actor()
            batch = shown.batch(session, batch_id, actor)
            code, warnings = request.args.get("code", "")[:40], request.args.get("warnings") == "1"
            found = shown.faults(session, batch, code=code, warnings=warnings, after=_after())
            return render_template(
                "imports/batch.html", batch=batch, kind=importer_of(batch.kind), tone=tone_of(batch.state),
                counts=shown.fault_counts(session, batch), faults=found[: shown.SHOWN_FAULTS],
                has_more=len(found) > shown.SHOWN_FAULTS, code=code, warnings=warnings, fault_label=fault_label,
                made=shown.made(session, batch), progress=shown.progress(session, batch),
                earlier=shown.earlier(session, batch, actor) if batch.state == BatchState.checked else [],
                chosen=importer_of(batch.kind).chosen(session, batch.options),
                is_mine=batch.created_by_id == actor.user_id,
                address=address, states=BatchState, code_label=code_label,
            )  # fmt: skip

    @expose("/<int:batch_id>/status")
    def status(self, batch_id: int) -> Response:
        """How far it is, for the bar."""
        with reading():
            session = db.session()
            return jsonify(shown.progress(session, shown.batch(session, batch_id, current_actor())))

    @expose("/<int:batch_id>/run", methods=["POST"])
    def run(self, batch_id: int) -> ResponseReturnValue:
        """Import what was checked; twice asked is once done."""
        actor = current_actor()
        all_or_nothing = request.form.get("mode") == "all"

        def start() -> Done:
            batch = shown.batch(db.session(), batch_id, actor)
            work.start_import(db.session(), batch, actor, all_or_nothing=all_or_nothing)
            return Done(address(batch))

        return once(start)

    @expose("/<int:batch_id>/revert", methods=["POST"])
    def revert(self, batch_id: int) -> ResponseReturnValue:
        """Take the whole import back while nobody has touched it."""
        actor = current_actor()

        def start() -> Done:
            batch = shown.batch(db.session(), batch_id, actor)
            work.start_revert(db.session(), batch, actor)
            return Done(address(batch))

        return once(start)

    @expose("/<int:batch_id>/refused")
    def refused(self, batch_id: int) -> ResponseReturnValue:
        """The refused rows as they were sent, with the reason beside each; of a large file as a prepared one."""
        with reading():
            session, actor = db.session(), current_actor()
            batch = batch_with_refused(session, batch_id, actor)
            if batch.rows > AT_ONCE:
                text = _(
                    "The file has %(n)s rows, so this takes a while. You need not wait for it.", n=f"{batch.rows:,}"
                )
                return offer(refused_name(batch), text)
            name = refused_name(batch)
            return workbook_answer(refused_rows(session, batch), name)

    @expose("/<int:batch_id>/refused", methods=["POST"])
    def prepare_refused(self, batch_id: int) -> ResponseReturnValue:
        """Have the refused rows of a large file made as a file that is kept for a time."""
        return prepared_later("refused_rows", {"batch": batch_id})


def batch_with_refused(session: Session, batch_id: int, actor: Actor) -> ImportBatch:
    """errors  NotFound; StateConflict "wrong_state" while there are no refused rows, "file_removed" """
    batch = shown.batch(session, batch_id, actor)
    if batch.is_busy or not batch.refused:
        raise StateConflict("wrong_state", _("There are no refused rows to download."))
    if not batch.stored_name:
        raise StateConflict("file_removed", _("The file itself is no longer kept; its faults are listed here."))
    return batch


def refused_name(batch: ImportBatch) -> str:
    return str(_("%(file)s refused rows.xlsx", file=batch.file_name.rpartition(".")[0]))


def refused_rows(session: Session, batch: ImportBatch) -> io.BytesIO:
    """The workbook of the refused rows; the transaction ends before the file that was sent is opened."""
    importer, faults = importer_of(batch.kind), list(shown.every_fault(session, batch.id))
    kind, stored, name = batch.kind, batch.stored_name, batch.file_name
    session.rollback()
    storage: Storage = current_app.extensions["storage"]
    sheet, _places, _unread = work.read_sheet(kind, storage.read(stored), name)
    content = io.BytesIO()
    write_refused(content, sheet, faults, importer.sheet_name, every_row=importer.in_one_piece)
    return content


def refused_title(session: Session, asked: Asked, actor: Actor) -> str:
    """What the refused rows of a batch are called. errors  as `batch_with_refused`"""
    return refused_name(batch_with_refused(session, asked["batch"], actor))


@file_kind("refused_rows", refused_title)
def refused_file(session: Session, asked: Asked, actor: Actor, told: Told) -> MadeFile:
    """The refused rows of a large file."""
    batch = batch_with_refused(session, asked["batch"], actor)
    name, rows = refused_name(batch), batch.rows
    content = refused_rows(session, batch).getvalue()
    told(rows, rows)
    return MadeFile(name, XLSX, content)


def _after() -> tuple[int, int]:
    """`?after=12.345`: the fault of row 12 with key 345 was the last one shown."""
    row, _dot, key = request.args.get("after", "").partition(".")
    if all(part.isascii() and part.isdigit() and len(part) < 10 for part in (row, key)):
        return int(row), int(key)
    return 0, 0


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ImportView)
