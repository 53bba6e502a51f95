"""数据日志 on the record: who, when, which field from what to what. spec.md §0."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.models.customers.customer import Customer
from app.models.system.setting import DictionaryItem


def _log(text: str) -> str:
    return re.sub(r"<[^>]+>", " ", text.split('id="log"', 1)[1])


def test_the_log_tells_values_before_and_after_with_the_names_of_rows(at: Any, office: Any) -> None:
    """A relation set to another row is told by the names of both."""
    old, new = db.session.scalars(
        sa.select(DictionaryItem).where(DictionaryItem.dictionary == "industry").order_by(DictionaryItem.id).limit(2)
    )
    names = (old.label, new.label)
    customer = office.customer(industry=old, phone="010-1")
    key, wanted = customer.id, str(new.id)
    lin = at("lin")
    assert lin.fill(f"/customer/edit/{key}", industry=wanted, phone="010-2", remark="新备注").status == 303
    log = _log(lin.open(f"/customer/tab/{key}/log").text)
    for words in (*names, "010-1", "010-2", "新备注", "林晓"):
        assert words in log
    changes = db.session.scalars(
        sa.select(AuditEntry.changes).where(AuditEntry.model == "customer", AuditEntry.action == "update")
    ).all()
    assert [sorted(found) for found in changes] == [["industry_id", "phone", "remark"]]


def test_a_change_on_a_row_that_was_not_loaded_still_tells_what_stood_there(at: Any, office: Any) -> None:
    customer = office.customer(phone="010-1")
    db.session.expire_all()
    office.lin.changes(customer, phone="010-2")
    changes = db.session.scalars(sa.select(AuditEntry.changes).where(AuditEntry.action == "update")).all()
    assert {"phone": ["010-1", "010-2"]} in changes


def test_saving_without_a_change_leaves_no_trace(at: Any, office: Any) -> None:
    key = office.customer(phone="010-1", remark="一\n二").id
    before = db.session.get_one(Customer, key).version
    assert at("lin").fill(f"/customer/edit/{key}").status == 303
    db.session.rollback()
    assert db.session.get_one(Customer, key).version == before
    assert office.history(db.session.get_one(Customer, key)) == ["create"]


def test_lines_written_together_are_told_together(at: Any, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1"), (office.product(), "2"), (office.product(), "3")])
    key = order.id
    log = _log(at("lin").open(f"/salesorder/tab/{key}/log").text)
    assert "× 3" in log
