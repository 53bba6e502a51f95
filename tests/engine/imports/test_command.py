"""`crm import`: what it prints, how it ends, and that a killed one is gone on with. design.md §7."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.imports.engine import run as import_run
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.models.stock.stock import StockInit
from app.models.system.import_batch import BatchState, ImportBatch
from app.models.system.user import AppUser
from tests.customers.test_customer_import import COLUMN_OF, PLANTED, count
from tests.engine.imports.test_batches import broken_after, firm_names
from tests.stock.test_stock_import import line, stock
from tests.support.waiting import until
from tests.support.workbooks import DEMO, company, customers, many_customers, person

LAST = re.compile(r"imported=(\d+) refused=(\d+) batch=(\d+|-)")


def counts(lines: list[str]) -> tuple[int, int]:
    found = LAST.fullmatch(lines[-1])
    assert found, lines[-1]
    return int(found[1]), int(found[2])


def test_each_fault_is_a_line_and_the_counts_come_last(imports: Any) -> None:
    code, lines = imports.command("customers", DEMO / "customers.xlsx")
    told = {tuple(text.split("\t")[:3]) for text in lines if text[:1].isdigit()}
    assert told == {(str(row), COLUMN_OF[fault], fault) for fault in COLUMN_OF for row in PLANTED[fault]}
    assert all(len(text.split("\t")) == 4 and text.split("\t")[3] for text in lines[:-1])
    rows = [int(text.split("\t")[0]) for text in lines[:-1]]
    assert rows == sorted(rows)
    assert (code, counts(lines), count(Customer)) == (2, (1183, 17), 1183)


def test_a_file_without_fault_ends_with_0(imports: Any) -> None:
    code, lines = imports.command("products", DEMO / "products.xlsx")
    assert (code, len(lines), counts(lines)) == (0, 1, (600, 0))
    code, lines = imports.command("opening_stock", DEMO / "opening_stock.xlsx", warehouse="MAIN")
    assert (code, counts(lines), count(StockInit)) == (0, (600, 0), 1)


def test_a_dry_run_tells_the_same_and_imports_nothing(imports: Any) -> None:
    _code, real = imports.command("customers", customers(company("甲"), company("乙", mobile="1")), dry_run=True)
    assert (counts(real), count(Customer)) == ((0, 1), 0)
    code, lines = imports.command("customers", customers(company("甲"), company("乙", mobile="1")))
    assert (code, counts(lines), lines[:-1]) == (2, (1, 1), real[:-1])


def test_all_or_nothing_imports_nothing_with_a_fault(imports: Any) -> None:
    content = customers(company("甲"), company("乙", mobile="1"))
    code, lines = imports.command("customers", content, all_or_nothing=True)
    assert (code, counts(lines), count(Customer)) == (2, (0, 1), 0)
    code, lines = imports.command("customers", customers(company("甲")), all_or_nothing=True)
    assert (code, counts(lines), count(Customer)) == (0, (1, 0), 1)


@pytest.mark.parametrize("content", [b"nothing", b""])
def test_a_file_that_is_no_workbook_ends_with_1(imports: Any, content: bytes) -> None:
    code, lines = imports.command("customers", content)
    assert (code, lines[0].partition("\t")[0], lines[-1]) == (1, "bad_file", "imported=0 refused=0 batch=-")
    assert not any(text[:1].isdigit() for text in lines)


def test_a_file_that_does_not_exist_ends_with_1(imports: Any, tmp_path: Path) -> None:
    code, lines = imports.command("customers", tmp_path / "none.xlsx")
    assert (code, lines[0].partition("\t")[0]) == (1, "bad_file")


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("customers", {"login": "lin"}, "not_allowed"),
        ("customers", {"login": "nobody"}, "unknown_user"),
        ("opening_stock", {"warehouse": "NONE"}, "unknown_warehouse"),
        ("opening_stock", {}, "invalid"),
        ("opening_stock", {"warehouse": "MAIN", "login": "admin"}, "not_allowed"),
    ],
)  # fmt: skip
def test_who_may_not_or_does_not_say_enough_gets_nothing_in(imports: Any, kind: str, options: Any, code: str) -> None:
    ended, lines = imports.command(kind, DEMO / f"{kind}.xlsx", **options)
    assert (ended, lines[0].partition("\t")[0]) == (1, code)
    assert (count(Customer), count(ImportBatch)) == (0, 0)


def test_without_a_name_the_first_with_the_right_imports(imports: Any) -> None:
    """The usual person has left: another with the right takes their place."""
    director = imports.office.director.actor.user_id
    leaver = db.session.get_one(AppUser, imports.office.person("product").actor.user_id)
    imports.office.admin.changes(leaver, has_left=True)
    imports.command("products", DEMO / "products.xlsx")
    assert set(db.session.scalars(sa.select(Product.created_by_id))) == {director}


def test_a_changed_cell_of_the_stock_template_is_told(imports: Any) -> None:
    product = imports.office.product()
    code, lines = imports.command("opening_stock", stock(line(product, 3, 品名="改过")), warehouse="MAIN")
    assert (code, lines[0].split("\t")[:3]) == (2, ["2", "品名", "changed_cell"])


def test_an_import_that_broke_off_is_gone_on_with_by_the_same_command(
    imports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "CHUNK", 2)
    content = customers(*firm_names(3), person("王明"), person("王明"), company("坏", mobile="1"))
    with monkeypatch.context() as patched:
        broken_after(patched, 1)
        code, lines = imports.command("customers", content)
    assert (code, counts(lines), count(Customer)) == (1, (0, 0), 2)
    code, lines = imports.command("customers", content)
    assert (code, counts(lines), count(Customer)) == (2, (5, 1), 5)
    assert count(ImportBatch) == 1


RUN = """
import sys
from tests.support.firm import build_app
app = build_app(sys.argv[1], __import__("pathlib").Path(sys.argv[2]))
from pathlib import Path
from app.imports.engine import run as import_run
import_run.CHUNK = 20
from app.imports.engine.command import run_import
with app.app_context():
    given = dict(warehouse=None, dry_run=False, all_or_nothing=False, login=None, echo=print)
    sys.exit(run_import("customers", Path(sys.argv[3]), **given))
"""


@pytest.mark.committed
def test_a_killed_command_leaves_whole_chunks_and_its_repetition_brings_the_rest(
    imports: Any, app: Flask, tmp_path: Path
) -> None:
    """kill -9 in the middle; the second command ends with every row exactly once, individuals included."""
    file = tmp_path / "customers.xlsx"
    file.write_bytes(many_customers(1500))
    folder = Path(app.config["CRM_DATA"]).parent
    arguments = [sys.executable, "-c", RUN, app.config["SQLALCHEMY_DATABASE_URI"], str(folder), str(file)]
    db.session.remove()
    first = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "."})
    until(lambda: first.poll() is not None or rows_done() >= 100, "its first rows")
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = count(Customer)
    assert 0 < before < 1500
    assert before % 20 == 0
    db.session.remove()
    again = subprocess.run(
        arguments, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}, check=False
    )
    assert again.returncode == 0, again.stderr
    assert counts(again.stdout.splitlines()) == (1500, 0)
    batch = db.session.scalars(sa.select(ImportBatch)).one()
    assert (batch.state, count(Customer)) == (BatchState.done, 1500)
    assert imports.office.mismatches() == []


def rows_done() -> int:
    from app.core.db.unit_of_work import reading

    with reading():
        found = db.session.execute(sa.select(ImportBatch.rows_done)).scalar() or 0
        db.session.rollback()
    return int(found)


@pytest.mark.committed
def test_the_command_line_itself(app: Flask, tmp_path: Path) -> None:
    """`flask crm import`: arguments, Chinese texts, exit code."""
    from tests.support.workbooks import customers

    file = tmp_path / "客户.xlsx"
    file.write_bytes(customers(company("甲"), company("乙", mobile="1")))
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["crm", "import", "customers", str(file), "--as", "admin"])
    assert answer.exit_code == 2, answer.output
    first, last = answer.output.splitlines()
    assert first.startswith("3\t手机\tbad_mobile\t")
    assert re.search("[一-鿿]", first.split("\t")[3])
    assert counts([last]) == (1, 1)
    answer = runner.invoke(args=["crm", "import", "customers", str(tmp_path / "none.xlsx")])
    assert answer.exit_code == 1
