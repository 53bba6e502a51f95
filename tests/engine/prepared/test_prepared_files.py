"""Long work leaves the request: what takes long becomes a job, and its file is for whoever asked for it alone."""

from __future__ import annotations

import datetime as dt
import io
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from app import jobs as running
from app.core.clock import utc_now
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.jobs import prepared, turns
from app.core.jobs.children import Children, WorkStopped
from app.core.jobs.jobs import Job, JobState, enqueue, next_waiting
from app.core.jobs.prepared import FILE, MOST_OPEN
from app.core.record.audit import AuditEntry
from app.models.sales.sales_order import SalesOrder
from app.operations.backup import stored_files
from app.screens.list import export, list_page
from app.security.settings import set_setting
from app.views.system import imports as imports_page
from app.views.system import printing, report
from tests.support.pages import Browser, without_right
from tests.support.workbooks import company, customers

At = Callable[[str], Browser]
ORDERS = "/salesorder/list/"


@pytest.fixture
def large(office: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the paper of an order of 林晓 that has more lines than are printed at once."""
    monkeypatch.setattr(printing, "AT_ONCE", 2)
    goods = [office.product() for _n in range(3)]
    order = office.order("lin", [(product, "2") for product in goods])
    return f"/salesorder/pdf/{order.id}"


@pytest.fixture
def open_transactions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether a transaction is open, whenever a child process is given work; the work is passed over."""
    found: list[bool] = []

    def run(_self: Children, _target: str, *_arguments: Any, **_told: Any) -> bytes:
        found.append(db.session().in_transaction())
        return b"%PDF-made"

    monkeypatch.setattr(Children, "run", run)
    return found


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece of work is killed."""
    run, calls = Children.run, iter((True,))

    def killed(self: Children, target: str, *arguments: Any, **told: Any) -> bytes:
        if next(calls, False):
            raise WorkStopped("cut_off", "这项工作被中断了。")
        return run(self, target, *arguments, **told)

    monkeypatch.setattr(Children, "run", killed)


def asked_for(person: Browser, address: str) -> str:
    """Ask for the file of an address that offers it; returns the address of its page."""
    page = person.open(address)
    made = person.send(address, page.form(), form_token=None)
    assert made.status == 303, made.text
    return str(made.location)


def worked() -> None:
    """Run the jobs that wait, as the server does."""
    while running.run_next():
        pass
    db.session.remove()


def job_of(address: str) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, int(address.rpartition("/")[2]))


def sheet(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


# Papers


def test_a_large_order_is_offered_then_made_by_a_job_and_fetched(at: At, large: str) -> None:
    """fault F2: an order of many lines is not printed in the request; its page leads to a file, which says it all."""
    lin = at("lin")
    assert "3 行" in lin.open(large).text
    page = asked_for(lin, large)
    waiting = lin.open(page)
    assert f'data-status="{page}/status"' in waiting.text
    assert lin.client.get(f"{page}/status").get_json()["busy"] is True
    assert lin.client.get(f"{page}/file").status_code == 409
    worked()
    answer = lin.client.get(f"{page}/file")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200,
        "application/pdf",
        "no-store",
    )
    assert answer.headers["Content-Disposition"].startswith("inline; filename=file.pdf")
    text = "".join(found.extract_text() for found in PdfReader(io.BytesIO(answer.data)).pages)
    assert len(set(re.findall(r"T\d{4}", text))) == 3
    told = lin.client.get(f"{page}/status").get_json()
    assert (told["state"], told["busy"], told["done"]) == ("done", False, told["total"])
    assert f'href="{page}/file"' in lin.open(page).text
    assert page in lin.open("/prepared/").text


def test_a_small_order_is_still_shown_in_the_same_click(at: At, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    address = f"/salesorder/pdf/{order.id}"
    answer = at("lin").client.get(address)
    assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_no_transaction_is_open_while_a_document_is_set(
    at: At, large: str, office: Any, open_transactions: Any
) -> None:
    """fault F2: what is printed is read first; neither the request nor the job keeps the database meanwhile."""
    small = f"/salesorder/pdf/{office.order('lin', [(office.product(), '1')]).id}"
    lin = at("lin")
    assert lin.client.get(small).status_code == 200
    asked_for(lin, large)
    worked()
    assert open_transactions == [False, False]


def test_no_transaction_is_open_while_a_workbook_is_written(
    at: At, office: Any, open_transactions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F2: its rows are read first, of a list as of a report."""
    monkeypatch.setattr(list_page, "AT_ONCE", 0)
    monkeypatch.setattr(report, "AT_ONCE", 0)
    office.approved("lin", [(office.product(), "1")])
    lin = at("lin")
    assert lin.post(f"{ORDERS}export").status_code == 303
    assert lin.post("/report/customer_finance/workbook").status_code == 303
    worked()
    assert open_transactions == [False, False]


# Workbooks


def test_a_long_list_becomes_a_file_with_the_rows_it_was_narrowed_to(
    at: At, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F2: the same rows, columns and notes as the list that is taken at once; the log keeps who took them."""
    drafts = [office.order("lin", [(office.product(), "1")]).number for _n in range(3)]
    office.approved("lin", [(office.product(), "1")])
    lin = at("lin")
    at_once = sheet(lin.post(f"{ORDERS}export?state=draft").data)
    monkeypatch.setattr(list_page, "AT_ONCE", 2)
    page = lin.post(f"{ORDERS}export?state=draft").location
    worked()
    answer = lin.client.get(f"{page}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=file.xlsx")
    assert sheet(answer.data) == at_once
    assert {row[0] for row in at_once[3:]} == set(drafts)
    notes = db.session.scalars(sa.select(AuditEntry.note).where(AuditEntry.action == "export")).all()
    assert len(notes) == 2
    assert notes[0] == notes[1]


def test_the_ticked_rows_of_a_list_are_the_rows_of_its_file(
    at: At, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_page, "AT_ONCE", 1)
    orders = [office.order("lin", [(office.product(), "1")]) for _n in range(3)]
    keys, numbers = [order.id for order in orders[:2]], {order.number for order in orders[:2]}
    lin = at("lin")
    page = lin.post(f"{ORDERS}export", id=keys).location
    worked()
    assert {row[0] for row in sheet(lin.client.get(f"{page}/file").data)[3:]} == numbers


def test_a_long_report_becomes_a_file_with_its_foot(at: At, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F2: the same rows and foot as the report that is taken at once."""
    for _n in range(2):
        office.approved("lin", [(office.product(price="10"), "1")])
    lin = at("lin")
    at_once = sheet(lin.post("/report/customer_finance/workbook").data)
    monkeypatch.setattr(report, "AT_ONCE", 1)
    page = lin.post("/report/customer_finance/workbook").location
    worked()
    assert sheet(lin.client.get(f"{page}/file").data) == at_once
    assert len(at_once) == 3 + 2 + 1


def test_the_refused_rows_of_a_large_file_become_a_file(
    at: At, office: Any, imports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F2: they are read from the file that was sent, which takes as long as it is large."""
    batch = imports.sends("admin", "customers", customers(company("甲公司"), company(""), company("")))
    address, admin = f"/import/{batch.id}/refused", at("admin")
    at_once = sheet(admin.client.get(address).data)
    monkeypatch.setattr(imports_page, "AT_ONCE", 2)
    page = asked_for(admin, address)
    worked()
    assert sheet(admin.client.get(f"{page}/file").data) == at_once
    assert len(at_once) == 1 + 2


def test_a_file_waits_for_no_import(at: At, large: str, office: Any) -> None:
    """fault F2: what child processes work on has a runner of its own; each of the two runners leaves the other's."""
    office.lin.does(lambda session, actor: enqueue(session, "import_check", {"batch": 0}, actor))
    page = asked_for(at("lin"), large)
    assert running.run_next(apart=True)
    assert job_of(page).state == JobState.done
    assert not running.run_next(apart=True)
    assert next_waiting(db.session(), apart=False)


# For whom


@pytest.fixture
def made(at: At, large: str) -> str:
    page = asked_for(at("lin"), large)
    worked()
    return page


def test_a_file_is_for_whoever_asked_for_it_and_for_nobody_else(at: At, made: str) -> None:
    """fault F2: even those who see the order are answered 404."""
    for login in ("boss", "manager", "zhou", "admin"):
        other = at(login)
        assert [other.client.get(f"{made}{part}").status_code for part in ("", "/status", "/file")] == [404] * 3
        assert other.post(f"{made}/again").status_code == 404
        assert made not in other.open("/prepared/").text


def test_a_job_that_makes_no_file_has_no_page(at: At, office: Any) -> None:
    job = office.lin.does(lambda session, actor: enqueue(session, "import_check", {}, actor).id)
    assert at("lin").client.get(f"/prepared/{job}").status_code == 404


def test_rights_are_asked_again_when_a_file_is_fetched(at: At, office: Any, made: str) -> None:
    """fault F2: an order that has gone to somebody else is fetched no more, nor one of a kind one may read no more."""
    lin = at("lin")
    order = db.session.get_one(SalesOrder, job_of(made).payload["asked"]["id"])
    order.owner_id = order.customer.owner_id = office.zhou.actor.user_id
    db.session.commit()
    db.session.remove()
    assert lin.client.get(f"{made}/file").status_code == 404
    without_right("sales", "sales_order")
    assert lin.client.get(f"{made}/file").status_code == 403


def test_rights_are_asked_when_a_file_is_made(at: At, large: str) -> None:
    page = asked_for(at("lin"), large)
    without_right("sales", "sales_order")
    worked()
    assert job_of(page).state == JobState.failed
    assert "没有" in (job_of(page).failure or "")


# Limits


def test_a_person_has_so_many_files_made_at_once_and_is_told_in_words(at: At, office: Any, api_as: Any) -> None:
    """fault F2: 429 with a sentence and Retry-After, on pages and for programs; others are not in the way."""
    orders = [office.order("lin", [(office.product(), "1")]).id for _n in range(MOST_OPEN + 1)]
    lin, program = at("lin"), api_as("lin")
    addresses = [lin.post(f"/salesorder/pdf/{key}").location for key in orders[:MOST_OPEN]]
    assert len(set(addresses)) == MOST_OPEN
    refused = lin.post(f"/salesorder/pdf/{orders[-1]}")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(prepared.COMES_BACK))
    assert f"{MOST_OPEN} 个文件" in refused.get_data(as_text=True)
    status, body = program.post("prepared/", {"model": "sales_order", "id": orders[-1]})
    assert (status, body["code"]) == (429, "too_many_waiting")
    assert f"{MOST_OPEN} 个文件" in body["message"]
    again = lin.post(f"/salesorder/pdf/{orders[0]}")
    assert (again.status_code, again.location) == (303, addresses[0])
    assert at("boss").post(f"/salesorder/pdf/{orders[-1]}").status_code == 303


def test_a_person_prints_two_at_once_and_is_told_in_words(
    at: At, office: Any, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F2: who has two documents being printed waits for one of them; somebody else prints meanwhile."""
    order = office.order("lin", [(office.product(), "1")])
    address, person = f"/salesorder/pdf/{order.id}", office.lin.actor.user_id
    lin, manager = at("lin"), at("manager")
    monkeypatch.setattr(turns, "AT_ONCE", 10)
    monkeypatch.setattr(turns, "_in_process", threading.BoundedSemaphore(10))
    with turns.turn(person):
        assert lin.client.get(address).status_code == 200
        with turns.turn(person):
            refused = lin.client.get(address)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(turns.COMES_BACK))
            assert "2 个文件" in refused.get_data(as_text=True)
            assert manager.client.get(address).status_code == 200
    assert lin.client.get(address).status_code == 200


def test_programs_have_a_document_printed(api_as: Any, office: Any) -> None:
    """fault F2: asked for, looked at and fetched; of nothing that the person may not see."""
    order = office.order("lin", [(office.product(), "1")]).id
    lin, zhou = api_as("lin"), api_as("zhou")
    wanted = {"model": "sales_order", "id": order}
    assert zhou.post("prepared/", wanted)[0] == 404
    assert lin.post("prepared/", {"model": "nothing", "id": order})[0] == 404
    status, body = lin.post("prepared/", {"model": "sales_order", "id": "x"})
    assert (status, body["code"], body["reasons"][0]["field"]) == (422, "invalid", "id")
    status, body = lin.post("prepared/", wanted)
    assert (status, body["state"], body["file"]) == (202, "queued", "")
    place = f"prepared/{body['id']}"
    assert lin.get(f"{place}/file")[0] == 409
    worked()
    status, body = lin.get(place)
    assert (status, body["state"], body["file"]) == (200, "done", f"/api/v1/{place}/file")
    assert zhou.get(place)[0] == 404
    assert lin.client.get(body["file"], headers=lin.headers).data[:5] == b"%PDF-"


# What goes wrong


def test_work_that_is_killed_is_told_and_can_be_asked_for_again(at: At, large: str, stopped: None) -> None:
    """fault F2: the page says what happened, and its button makes the file after all."""
    lin = at("lin")
    page = asked_for(lin, large)
    worked()
    told = lin.open(page)
    assert "这项工作被中断了" in told.text
    assert lin.client.get(f"{page}/file").status_code == 409
    again = lin.send(f"{page}/again", told.form(f"{page}/again"), form_token=None)
    assert again.status == 303
    assert again.location != page
    worked()
    assert lin.client.get(f"{again.location}/file").data[:5] == b"%PDF-"


def test_a_job_whose_runner_died_is_made_by_the_next_one_under_the_same_name(at: At, large: str, app: Flask) -> None:
    """fault F2: what was half done leaves no second file behind."""
    page = asked_for(at("lin"), large)
    worked()
    values = {"state": JobState.running, "runner": "elsewhere:1:x", "heartbeat": utc_now() - dt.timedelta(minutes=2)}
    work = sa.update(Job).where(Job.id == job_of(page).id).values(**values)
    in_unit_of_work(db.session(), lambda: db.session.execute(work))
    before = len(files_of(app))
    worked()
    assert job_of(page).state == JobState.done
    assert len(files_of(app)) == before == 1


def files_of(app: Flask) -> list[str]:
    """What lies in the store of the files that jobs have made."""
    made = {job.payload["stored"] for job in db.session.scalars(sa.select(Job))}
    return [name for name in stored_files.names(app.extensions["storage"]) if made & set(name.split("/"))]


def test_files_go_after_the_days_of_the_setting(at: At, app: Flask, made: str) -> None:
    """fault F2: a file full of names and prices is not kept for ever; its page goes with it."""
    in_unit_of_work(db.session(), lambda: set_setting(db.session(), "prepared_file_days", 2))
    lin = at("lin")
    for days, status in ((1, 200), (3, 404)):
        then = utc_now() - dt.timedelta(days=days)
        work = sa.update(Job).where(Job.kind == FILE).values(finished_at=then)
        in_unit_of_work(db.session(), lambda work=work: db.session.execute(work))
        db.session.remove()
        app.test_cli_runner().invoke(args=["crm", "tidy"])
        assert lin.client.get(f"{made}/file").status_code == status


def test_a_file_that_the_store_has_lost_is_told(at: At, app: Flask, made: str) -> None:
    app.extensions["storage"].remove(job_of(made).payload["stored"])
    answer = at("lin").client.get(f"{made}/file")
    assert (answer.status_code, "重新" in answer.get_data(as_text=True)) == (404, True)


def test_kinds_of_files_are_declared_once() -> None:
    with pytest.raises(ValueError, match="list are declared twice"):
        prepared.file_kind("list", export.export_title)
