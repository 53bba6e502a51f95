"""Verbs of import stories: send, check, import, take back, each run to its end as a job would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app

from app import jobs
from app.core.db.base import db
from app.imports.engine import batches
from app.imports.engine.command import run_import
from app.models.system.import_batch import ImportBatch, ImportFault


class Imports:
    """What people do with workbooks."""

    def __init__(self, office: Any, folder: Path) -> None:
        self.office = office
        self.folder = folder

    def sends(
        self, login: str, kind: str, content: bytes, *, warehouse: str | None = None, **options: Any
    ) -> ImportBatch:
        """Send a file and have it checked."""
        chosen = {"warehouse": self.office.warehouse(warehouse).id} if warehouse else {}
        storage = current_app.extensions["storage"]
        upload = batches.read_upload(kind, content, options.pop("name", f"{kind}.xlsx"))
        found = self.office.person(login).does(
            lambda session, actor: batches.receive(session, storage, upload, chosen, actor, **options)
        )
        return self.after_jobs(found.id)

    def imports(self, login: str, batch: ImportBatch, **options: Any) -> ImportBatch:
        self.start(login, batch, **options)
        return self.after_jobs(batch.id)

    def start(self, login: str, batch: ImportBatch, **options: Any) -> None:
        """Ask for the import, without anybody running it yet."""
        key = batch.id
        self.office.person(login).does(
            lambda session, actor: batches.start_import(session, session.get_one(ImportBatch, key), actor, **options)
        )

    def takes_back(self, login: str, batch: ImportBatch) -> ImportBatch:
        key = batch.id
        self.office.person(login).does(
            lambda session, actor: batches.start_revert(session, session.get_one(ImportBatch, key), actor)
        )
        return self.after_jobs(key)

    def after_jobs(self, batch_id: int) -> ImportBatch:
        while jobs.run_next():
            pass
        db.session.expire_all()
        return db.session.get_one(ImportBatch, batch_id)

    def does_all(self, login: str, kind: str, content: bytes, **options: Any) -> ImportBatch:
        """Send, check, import."""
        return self.imports(login, self.sends(login, kind, content, **options))

    def faults(self, batch: ImportBatch, *, warnings: bool = False) -> list[tuple[int, str, str]]:
        """(row, heading, code) in the order of the sheet."""
        fault = ImportFault
        query = sa.select(fault.sheet_row, fault.heading, fault.code).where(
            fault.batch_id == batch.id, fault.is_warning == warnings
        )
        return [tuple(row) for row in db.session.execute(query.order_by(fault.sheet_row, fault.id))]

    def command(self, kind: str, content: bytes | Path, **options: Any) -> tuple[int, list[str]]:
        """`crm import`: its exit code and what it prints."""
        file = content if isinstance(content, Path) else self.folder / options.pop("name", f"{kind}.xlsx")
        if isinstance(content, bytes):
            file.write_bytes(content)
        lines: list[str] = []
        given = {"warehouse": None, "dry_run": False, "all_or_nothing": False, "login": None, **options}
        return run_import(kind, file, echo=lines.append, **given), lines


@pytest.fixture
def imports(office: Any, tmp_path: Path) -> Iterator[Imports]:
    yield Imports(office, tmp_path)
    db.session.remove()
