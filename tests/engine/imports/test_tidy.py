"""Files that were imported go after a while; what became of them stays. They are full of names and numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.clock import utc_now
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.models.system.import_batch import BatchState, ImportBatch
from app.operations.backup import stored_files
from app.security.settings import set_setting
from tests.engine.imports.test_pages import ClientAs
from tests.support.workbooks import company, customers


def tidied(app: Flask) -> str:
    answer = app.test_cli_runner().invoke(args=["crm", "tidy"])
    assert answer.exit_code == 0, answer.output
    return answer.output.strip()


def grown_older(batch: ImportBatch, days: int) -> None:
    then = utc_now() - dt.timedelta(days=days)
    work = sa.update(ImportBatch).where(ImportBatch.id == batch.id).values(finished_at=then)
    in_unit_of_work(db.session(), lambda: db.session.execute(work))


def files_of(app: Flask, batch: ImportBatch) -> list[str]:
    """Whether the file lies in the store."""
    return [
        name
        for name in stored_files.names(app.extensions["storage"])
        if batch.stored_name and batch.stored_name in name
    ]


def test_an_old_file_goes_and_its_result_its_faults_and_taking_back_stay(
    app: Flask, imports: Any, client_as: ClientAs
) -> None:
    batch = imports.does_all("admin", "customers", customers(company("甲"), company("乙", mobile="1")))
    grown_older(batch, 89)
    assert tidied(app) == "0 imported files removed"
    grown_older(batch, 91)
    (name,) = files_of(app, batch)
    assert tidied(app) == "1 imported files removed"
    assert tidied(app) == "0 imported files removed"
    assert name not in stored_files.names(app.extensions["storage"])
    batch = imports.after_jobs(batch.id)
    assert (batch.state, batch.accepted, imports.faults(batch)) == (BatchState.done, 1, [(3, "手机", "bad_mobile")])
    client = client_as("admin")
    page = client.get(f"/import/{batch.id}").get_data(as_text=True)
    assert f"/import/{batch.id}/refused" not in page
    assert client.get(f"/import/{batch.id}/refused").status_code == 409
    assert imports.takes_back("admin", batch).state == BatchState.reverted


def test_a_file_that_was_checked_and_forgotten_goes_and_cannot_be_imported_any_more(app: Flask, imports: Any) -> None:
    batch = imports.sends("admin", "customers", customers(company("甲")))
    grown_older(batch, 91)
    assert tidied(app) == "1 imported files removed"
    batch = imports.after_jobs(batch.id)
    assert (batch.state, bool(batch.failure)) == (BatchState.failed, True)


@pytest.mark.parametrize("state", [BatchState.interrupted, BatchState.importing, BatchState.checking])
def test_a_file_that_is_still_wanted_stays(app: Flask, imports: Any, state: BatchState) -> None:
    batch = imports.sends("admin", "customers", customers(company("甲")))
    grown_older(batch, 400)
    work = sa.update(ImportBatch).where(ImportBatch.id == batch.id).values(state=state)
    in_unit_of_work(db.session(), lambda: db.session.execute(work))
    assert tidied(app) == "0 imported files removed"
    assert files_of(app, batch)


def test_how_long_is_a_setting_and_a_file_that_is_gone_already_is_no_fault(app: Flask, imports: Any) -> None:
    batch = imports.does_all("admin", "customers", customers(company("甲")))
    grown_older(batch, 8)
    in_unit_of_work(db.session(), lambda: set_setting(db.session(), "import_file_days", 7))
    app.extensions["storage"].remove(imports.after_jobs(batch.id).stored_name)
    assert tidied(app) == "1 imported files removed"
    assert imports.after_jobs(batch.id).stored_name == ""
