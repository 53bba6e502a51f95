"""Imports of documents: which rows make one, what keeps one out, what is taken back. Manual 8.4, 10.9, 12.1."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.core.record.entry import ENTRIES
from app.core.record.fields import Field, fields_of
from app.imports.engine import from_documents
from app.imports.engine import run as import_run
from app.imports.engine.from_documents import LINES, MARK, DocumentImport
from app.imports.engine.importer import IMPORTERS
from app.models.document import line_model
from app.models.stock.stock_transfer import StockTransfer, StockTransferLine
from app.models.system.import_batch import BatchState
from app.security.accounts.people import actor_named
from tests.engine.imports.test_batches import broken_after
from tests.engine.imports.test_fields import sheet

D = Decimal
KIND = "stock_transfer"


@pytest.fixture
def goods(office: Any) -> list[str]:
    """The numbers of three products."""
    return [office.product().number for _n in range(3)]


def row(product: str, mark: Any = None, *, head: bool = True, **cells: Any) -> dict[str, Any]:
    """A line from the main warehouse to the shop; without head, one that leaves it to the row above."""
    whole = {"调出仓库": "MAIN", "调入仓库": "SHOP"} if head else {}
    return {"单据序号": mark, **whole, "产品": product, "数量": 2, **cells}


def transfers() -> list[list[str]]:
    """The products of each transfer, in the order of their lines."""
    found = db.session.scalars(sa.select(StockTransfer).order_by(StockTransfer.id))
    return [[line.product.number for line in transfer.lines] for transfer in found]


def test_rows_of_one_mark_are_one_document_and_leave_its_head_to_the_first(
    office: Any, imports: Any, goods: Any
) -> None:
    a, b, c = goods
    rows = [row(a, "甲"), row(b, "甲", head=False), row(c, "乙"), row(a, "乙")]
    batch = imports.does_all("keeper", KIND, sheet(KIND, *rows))
    assert (imports.faults(batch), batch.accepted) == ([], 4)
    assert transfers() == [[a, b], [c, a]]


def test_without_marks_rows_of_the_same_head_are_one_document(office: Any, imports: Any, goods: Any) -> None:
    a, b, c = goods
    rows = [row(a, 原因="上样"), row(b, 原因="上样"), row(c, head=False), row(a, 原因="补货"), row(b, 3), row(b, 4)]
    batch = imports.does_all("keeper", KIND, sheet(KIND, *rows))
    assert (imports.faults(batch), transfers()) == ([], [[a, b, c], [a], [b], [b]])


def test_a_fault_of_one_row_keeps_its_whole_document_out_and_no_other(office: Any, imports: Any, goods: Any) -> None:
    a, b, _c = goods
    rows = [row(a, 1), row("没有这个", 1), row(b, 1), row(b, 2), row(a, 2, 数量="多")]
    batch = imports.does_all("keeper", KIND, sheet(KIND, *rows, row(a, 3)))
    assert imports.faults(batch) == [
        (2, "单据序号", "other_row"), (3, "产品", "unknown_row"), (4, "单据序号", "other_row"),
        (5, "单据序号", "other_row"), (6, "数量", "bad_number"),
    ]  # fmt: skip
    assert (batch.accepted, batch.refused, transfers()) == (1, 5, [[a]])


def test_what_the_entry_refuses_stands_at_the_row_it_is_about(office: Any, imports: Any, goods: Any) -> None:
    """Every line that the form would refuse, each at its own row; a fault of the head at the first."""
    a, b, _c = goods
    rows = [
        row(a, 1), row(b, 1, 数量="1.5"), row(a, 1, 数量="0.5"), row(b, 2, 调入仓库="MAIN"), row(a, 2, head=False),
        row(b, 3, 数量=0),
    ]  # fmt: skip
    batch = imports.sends("keeper", KIND, sheet(KIND, *rows))
    assert imports.faults(batch) == [
        (2, "单据序号", "other_row"), (3, "数量", "whole_unit"), (4, "数量", "whole_unit"),
        (5, "调入仓库", "invalid"), (6, "单据序号", "other_row"), (7, "数量", "bad_number"),
    ]  # fmt: skip


def test_rows_of_one_document_say_the_same_of_its_head(office: Any, imports: Any, goods: Any) -> None:
    a, b, _c = goods
    batch = imports.sends("keeper", KIND, sheet(KIND, row(a, 1, 原因="上样"), row(b, 1, 原因="补货")))
    assert imports.faults(batch) == [(2, "单据序号", "other_row"), (3, "原因", "head_differs")]


def test_a_head_that_nobody_filled_in_is_asked_for_once(office: Any, imports: Any, goods: Any) -> None:
    a, b, _c = goods
    batch = imports.sends("keeper", KIND, sheet(KIND, row(a, 1, head=False), row(b, 1, head=False)))
    assert imports.faults(batch) == [
        (2, "调出仓库", "missing"), (2, "调入仓库", "missing"), (3, "单据序号", "other_row")
    ]  # fmt: skip


def test_rows_of_one_mark_must_stand_together(office: Any, imports: Any, goods: Any) -> None:
    a, b, _c = goods
    batch = imports.does_all("keeper", KIND, sheet(KIND, row(a, "甲"), row(b, "乙"), row(b, "甲")))
    assert imports.faults(batch) == [(4, "单据序号", "rows_apart")]
    assert transfers() == [[a], [b]]


def test_a_document_is_never_cut_at_the_end_of_a_chunk(
    office: Any, imports: Any, goods: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "CHUNK", 2)
    a, b, c = goods
    rows = [row(a, 1), row(b, 1), row(c, 1), row(a, 2), row(b, 3), row(c, 3), row(b, 1)]
    batch = imports.does_all("keeper", KIND, sheet(KIND, *rows))
    assert (imports.faults(batch), transfers()) == ([(8, "单据序号", "rows_apart")], [[a, b, c], [a], [b, c]])


def test_an_import_that_broke_off_goes_on_with_the_next_document(
    office: Any, imports: Any, goods: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It still knows which marks stood further up."""
    monkeypatch.setattr(import_run, "CHUNK", 2)
    a, b, c = goods
    rows = [row(a, 1), row(b, 1), row(c, 1), row(a, 2), row(b, 2), row(c, 1)]
    batch = imports.sends("keeper", KIND, sheet(KIND, *rows))
    with monkeypatch.context() as patched:
        broken_after(patched, 1, importer=DocumentImport)
        batch = imports.imports("keeper", batch)
    assert (batch.state, transfers()) == (BatchState.interrupted, [[a, b, c]])
    batch = imports.imports("keeper", batch)
    assert (batch.state, imports.faults(batch)) == (BatchState.done, [(7, "单据序号", "rows_apart")])
    assert transfers() == [[a, b, c], [a, b]]


def test_a_document_with_too_many_lines_is_kept_out_whole(
    office: Any, imports: Any, goods: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("app.workflows.document.lines", "app.imports.engine.from_documents"):
        monkeypatch.setattr(f"{module}.MOST_LINES", 3)
    a, b, _c = goods
    batch = imports.does_all("keeper", KIND, sheet(KIND, *[row(a, 1)] * 6, row(b, 2)))
    codes = {number: code for number, _heading, code in imports.faults(batch)}
    assert (codes[2], codes[6], transfers()) == ("invalid", "too_many_lines", [[b]])
    assert {*codes} == {2, 3, 4, 5, 6, 7}


def test_a_batch_is_taken_back_with_its_lines(office: Any, imports: Any, goods: Any) -> None:
    a, b, _c = goods
    batch = imports.does_all("keeper", KIND, sheet(KIND, row(a, 1), row(b, 1), row(b, 2)))
    keys = list(db.session.scalars(sa.select(StockTransfer.id).order_by(StockTransfer.id)))
    assert imports.takes_back("keeper", batch).state == BatchState.reverted
    assert transfers() == []
    assert db.session.scalars(sa.select(StockTransferLine.id)).all() == []
    for key in keys:
        acts = sa.select(AuditEntry.action).where(AuditEntry.model == KIND, AuditEntry.record_id == key)
        assert list(db.session.scalars(acts.order_by(AuditEntry.id))) == ["create", "delete"]


def test_a_document_that_has_gone_on_keeps_its_batch(office: Any, imports: Any, goods: Any) -> None:
    a, b, _c = goods
    batch = imports.does_all("keeper", KIND, sheet(KIND, row(a, 1), row(b, 2)))
    office.keeper.fires("confirm", db.session.scalars(sa.select(StockTransfer).order_by(StockTransfer.id)).first())
    batch = imports.takes_back("keeper", batch)
    assert (batch.state, transfers()) == (BatchState.done, [[a], [b]])
    assert "DB" in batch.failure


def test_the_check_uses_no_number(office: Any, imports: Any, goods: Any) -> None:
    imports.sends("keeper", KIND, sheet(KIND, row(goods[0])))
    assert transfers() == []
    first = imports.does_all("keeper", KIND, sheet(KIND, row(goods[0])))
    made = db.session.scalars(sa.select(StockTransfer)).one()
    assert (first.accepted, made.number[-4:]) == (1, "0001")


def test_every_document_comes_in_again_as_it_was_written(furnished: Any, office: Any, imports: Any) -> None:
    """What the entry takes of head and lines, the workbook has a column for, and nothing is lost on the way."""
    kinds = [importer for importer in IMPORTERS.values() if issubclass(importer, DocumentImport)]
    assert {"purchase_order", "sales_order", KIND} <= {importer.kind for importer in kinds}
    for importer in kinds:
        found = sa.select(importer.model).order_by(importer.model.id.desc())
        document = next(each for each in db.session.scalars(found) if _is_on_sale(each))
        before, key = facts(document), document.id
        batch = imports.does_all(reader_of(importer), importer.kind, sheet(importer.kind, *rows_of(importer, document)))
        assert imports.faults(batch) == [], importer.kind
        copy = db.session.scalars(found).first()
        assert copy.id != key
        assert facts(copy) == before


def _is_on_sale(document: Any) -> bool:
    return bool(document.lines) and not any(line.product.discontinued for line in document.lines)


def reader_of(importer: Any) -> str:
    """Somebody of the cast who may read such documents in."""
    logins = ("manager", "purchaser", "keeper", "boss", "admin")
    return next(login for login in logins if actor_named(db.session(), login).may("import", importer.model))


def facts(document: Any) -> dict[str, Any]:
    """What people wrote, by field."""
    entry, line = ENTRIES[type(document)], line_model(type(document))
    head = {n: _value(document, n) for n in entry.writable if n in fields_of(type(document)) and n != "lines"}
    return {**head, "lines": [{n: _value(each, n) for n in entry.line_fields} for each in document.lines], "of": line}


def _value(row_: Any, name: str) -> Any:
    value = getattr(row_, name)
    return value.id if hasattr(value, "id") else value


def rows_of(importer: Any, document: Any) -> list[dict[str, Any]]:
    """The document as a person would type it into the workbook; records by their numbers."""
    rows = []
    for line in document.lines:
        cells = {MARK: "1"}
        for column in importer.columns:
            if column.field == MARK:
                continue
            source, name = (line, column.field.removeprefix(LINES)) if column.field.startswith(LINES) else (
                document, column.field
            )  # fmt: skip
            cells[column.field] = typed(fields_of(type(source))[name], getattr(source, name))
        rows.append({column.heading: cells[column.field] for column in importer.columns})
    return rows


def typed(field: Field, value: Any) -> Any:
    """A value as a cell holds it."""
    if value is None:
        return None
    if field.kind.rates:
        return field.kind.text(value)
    if field.target is not None and field.dictionary is None:
        return getattr(value, "number", None) or getattr(value, "code", None) or value.name
    return field.kind.cell(str(value) if field.dictionary else value)


def test_whoever_may_not_import_a_document_gets_no_template(client_as: Any) -> None:
    assert client_as("purchaser").get("/import/template/purchase_order").status_code == 200
    assert client_as("lin").get("/import/template/purchase_order").status_code == 403


def test_an_overlong_mark_is_a_fault_of_its_row(office: Any, imports: Any, goods: Any) -> None:
    content = sheet(KIND, row(goods[0], "长" * (from_documents.LONGEST_MARK + 1)))
    assert imports.faults(imports.sends("keeper", KIND, content)) == [(2, "单据序号", "too_long")]
