"""SQLite has one writer at a time: who comes meanwhile is answered in words, and no answer waits for the lock. R6."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.db import engine
from app.core.db.base import db
from app.screens.list import list_page
from tests.support.pages import Browser

pytestmark = pytest.mark.once  # it is SQLite of which this is told


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Connections that give up at once, where others wait fifteen seconds."""
    patient = [pragma for pragma in engine.SQLITE_PRAGMAS if not pragma.startswith("busy_timeout")]
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", (*patient, "busy_timeout=1"))


@pytest.fixture
def other(app: Flask) -> Iterator[sqlite3.Connection]:
    """A connection of another process."""
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, timeout=1, check_same_thread=False)
    yield connection
    connection.close()


@pytest.fixture
def lin(impatient: None, at: Any) -> Browser:
    return at("lin")  # type: ignore[no-any-return]


@contextmanager
def begun_after_the_first_rollback(other: sqlite3.Connection) -> Iterator[None]:
    """The other process is next once what was refused has been taken back, before the answer is drawn."""

    def begin(_session: Any) -> None:
        if not other.in_transaction:
            other.execute("BEGIN IMMEDIATE")

    factory = db.session.session_factory
    event.listen(factory, "after_rollback", begin)
    try:
        yield
    finally:
        event.remove(factory, "after_rollback", begin)


def kept(row: Any) -> int:
    """The key of a row, once the story that made it has ended its transaction."""
    key: int = row.id
    db.session.remove()
    return key


def words(text: str) -> str:
    return text.split("<main", 1)[1]


# From the beginning of a request


@pytest.mark.parametrize("path", ["/customer/add", "/salesorder/add", "/customer/list/bulk/delete", "/password"])
def test_a_page_sent_while_another_writes_is_answered_with_what_to_do(lin: Browser, other: Any, path: str) -> None:
    form = lin.open("/customer/add").form()
    other.execute("BEGIN IMMEDIATE")
    page = lin.send(path, form, name="鼎泰")
    assert (page.status, "请重试" in words(page.text)) == (409, True)
    assert "林晓" in page.text  # within the frame of the site


def test_a_program_is_answered_with_the_same_in_its_own_shape(impatient: None, api_as: Any, other: Any) -> None:
    api = api_as("lin")
    other.execute("BEGIN IMMEDIATE")
    status, body = api.post("customer/", {"name": "鼎泰"})
    assert (status, body["code"]) == (409, "busy")


def test_signing_in_while_another_writes_is_answered_with_what_to_do(impatient: None, app: Flask, other: Any) -> None:
    stranger = Browser(app.test_client())
    form = stranger.open("/login/").form()
    other.execute("BEGIN IMMEDIATE")
    page = stranger.send("/login/", form, username="lin", password="any")
    assert page.status == 409


def test_pages_are_read_while_another_writes(lin: Browser, other: Any) -> None:
    other.execute("BEGIN IMMEDIATE")
    for path in ("/", "/customer/list/", "/customer/add", "/report/"):
        assert lin.open(path).status == 200


# While the answer is drawn


def test_a_form_refused_comes_back_as_typed_though_another_writes_by_then(lin: Browser, other: Any) -> None:
    form = lin.open("/customer/add").form()
    with begun_after_the_first_rollback(other):
        page = lin.send("/customer/add", form, name="", remark="先放着")
    assert (page.status, page.typed("remark")) == (422, "先放着")
    assert other.in_transaction


def test_a_change_refused_comes_back_as_typed_though_another_writes_by_then(
    lin: Browser, office: Any, other: sqlite3.Connection
) -> None:
    path = f"/customer/edit/{kept(office.customer('lin'))}"
    form = lin.open(path).form()
    with begun_after_the_first_rollback(other):
        page = lin.send(path, form, name="", remark="先放着")
    assert (page.status, page.typed("remark")) == (422, "先放着")
    assert other.in_transaction


def test_a_step_refused_is_told_on_the_page_of_its_record_though_another_writes_by_then(
    lin: Browser, office: Any, other: sqlite3.Connection
) -> None:
    (product,) = office.stocked("10")
    order = office.order("lin", [(product, "4")])
    number, key = order.number, kept(order)
    step = f"/salesorder/action/{key}/submit"
    form = lin.open(f"/salesorder/show/{key}").form(step)
    assert lin.send(step, form, form_token=None).status == 303
    with begun_after_the_first_rollback(other):
        page = lin.send(step, form, form_token=None)
    assert (page.status, number in words(page.text)) == (409, True)
    assert other.in_transaction


def test_a_row_refused_on_a_list_keeps_no_other_from_being_written(lin: Browser, office: Any) -> None:
    """The answer to a refusal only reads; the next row begins to write again."""
    key = kept(office.customer("lin"))
    assert lin.post("/customer/list/bulk/delete", id=["999999", str(key)]).status_code == 303
    assert lin.open(f"/customer/show/{key}").status == 404


def test_what_a_workbook_takes_to_write_holds_up_nobody(lin: Browser, other: Any, monkeypatch: Any) -> None:
    """The rows are read for seconds; another begins and ends meanwhile."""
    token = lin.open("/password").typed("csrf_token")
    written: Callable[..., bytes] = list_page.list_workbook

    def beside_another(*arguments: Any) -> bytes:
        other.execute("BEGIN IMMEDIATE")
        other.execute("COMMIT")
        return written(*arguments)

    monkeypatch.setattr(list_page, "list_workbook", beside_another)
    answer = lin.client.post("/customer/list/export", data={"csrf_token": token})
    assert answer.status_code == 200
