"""Rows are sealed in any order in which they are committed, nobody waits, and what is forged is not sealed."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.chain import key, sealing, upgrading
from app.core.chain.memory import ChainMemory
from app.core.chain.rows import DIGEST, chained_tables, row_digest
from app.core.chain.runs import keys_in, read_runs
from app.core.chain.seals import TABLE, ChainHead, Seal, head_of, last_seal
from app.core.clock import at_moment
from app.core.db.base import db
from app.core.record.audit import AuditEntry
from tests.engine.chain.books import business, keys_of, more_business, names_row, owner, seal_all, told

AUDIT: Any = AuditEntry.__table__


@pytest.fixture
def memory(tmp_path: Path) -> ChainMemory:
    return ChainMemory(tmp_path)


def sealed_keys(seals: list[Seal]) -> list[int]:
    return [key for seal in seals if "audit_entry" in seal.parts for key in _keys(seal)]


def _keys(seal: Seal) -> list[int]:
    return list(keys_in(read_runs(seal.parts["audit_entry"]["rows"])))


def entry(note: str = "") -> dict[str, Any]:
    return {"at": dt.datetime.now(dt.UTC), "role": "", "model": "customer", "record_id": 1, "action": "update",
            "changes": {}, "note": note}  # fmt: skip


def said() -> list[str]:
    with db.engine.connect() as connection:
        lines = told(connection)
        connection.rollback()
    return lines


def test_every_row_is_sealed_once_and_rows_that_came_later_by_later_seals(office: Any, memory: ChainMemory) -> None:
    business(office)
    first = seal_all(memory)
    assert seal_all(memory) == []
    more_business(office)
    second = seal_all(memory)
    assert [seal.number for seal in (*first, *second)] == [1, 2]
    with db.engine.connect() as connection:
        assert sealed_keys([*first, *second]) == keys_of(connection, "audit_entry")
        connection.rollback()
    assert memory.head() == head_of(second[-1])
    assert said() == []


def test_many_rows_are_sealed_by_several_seals(
    office: Any, memory: ChainMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST", 7)
    business(office)
    made = seal_all(memory)
    assert len(made) > 5
    assert all(sum(part["count"] for part in seal.parts.values()) <= 7 for seal in made)
    assert said() == []


def test_every_way_of_writing_makes_a_true_digest(furnished: dict[str, int], office: Any) -> None:
    """fault F10: one by one, many at once, by COPY; digests never repeat."""
    assert said() == []
    with db.engine.connect() as connection:
        for table in chained_tables():
            digests = connection.scalars(sa.select(sa.column(DIGEST)).select_from(sa.table(table))).all()
            assert len(set(digests)) == len(digests) > 0
        connection.rollback()


@pytest.mark.postgresql
@pytest.mark.committed
def test_a_row_that_is_committed_after_later_ones_is_sealed_too(office: Any, memory: ChainMemory) -> None:
    """fault F10: a transaction that took its key first ends last; another one never brings its row."""
    seal_all(memory)
    slow, undone = db.engine.connect(), db.engine.connect()
    late = slow.execute(sa.insert(AUDIT).values(entry("late")).returning(AUDIT.c.id)).scalar_one()
    never = undone.execute(sa.insert(AUDIT).values(entry("never")).returning(AUDIT.c.id)).scalar_one()
    more_business(office)
    made = seal_all(memory)
    assert not {late, never} & set(sealed_keys(made))
    assert max(sealed_keys(made)) > late
    assert said() == []
    with at_moment(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)):
        more_business(office)
        seal_all(memory)  # both are still under way, however long it takes
    slow.commit()
    undone.rollback()
    assert said() == []
    assert sealed_keys(seal_all(memory)) == [late]
    for hours in (2, 3):
        with at_moment(dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)):
            more_business(office)
            last = seal_all(memory)[-1]
    assert last.state["audit_entry"]["open"] == [], "who never came is waited for no longer"
    assert said() == []
    slow.close()
    undone.close()


@pytest.mark.committed
def test_nobody_waits_while_rows_are_sealed(office: Any, memory: ChainMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F10: rows are read in a transaction that only reads; somebody posts meanwhile, and is sealed next time."""
    business(office)
    read, engine = sealing.next_seal, db.engine

    def read_while_somebody_posts(*words: Any, **options: Any) -> Seal | None:
        found = read(*words, **options)
        if found is not None and found.number == 1:
            thread = threading.Thread(target=_post_in_a_transaction_of_its_own, args=(engine,))
            thread.start()
            thread.join(timeout=60)
            assert not thread.is_alive(), "a posting waits for the sealing"
        return found

    monkeypatch.setattr(sealing, "next_seal", read_while_somebody_posts)
    made = seal_all(memory)
    assert [seal.number for seal in made] == [1, 2]
    assert len(sealed_keys(made[1:])) == 1
    assert said() == []


def _post_in_a_transaction_of_its_own(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(AUDIT).values(entry()))


@pytest.mark.committed
def test_of_many_that_seal_at_once_each_row_is_sealed_once(office: Any, memory: ChainMemory) -> None:
    business(office)
    engine, faults, start = db.engine, [], threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            sealing.seal_new_rows(engine, memory)
        except Exception as error:  # whatever it is, it is told below
            faults.append(error)

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with db.engine.connect() as connection:
        assert connection.scalars(sa.select(TABLE.c.number)).all() == [1]
        connection.rollback()
    assert said() == []


def test_what_was_forged_is_not_sealed_and_stays_told(office: Any, memory: ChainMemory) -> None:
    """fault F10: neither sealing it nor taking it away again makes it unseen."""
    seal_all(memory)
    with owner() as connection:
        forged = connection.execute(sa.insert(AUDIT).values({**entry(), DIGEST: "x" * 32}).returning(AUDIT.c.id))
        number = forged.scalar_one()
        made = sealing.next_seal(connection, last_seal(connection))
        assert made is not None
        assert made.parts == {}
        sealing.insert_seal(connection, made)
        assert names_row(told(connection), "audit_entry", number)
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.id == number))
        assert names_row(told(connection), "audit_entry", number)


def test_a_chain_that_is_not_what_it_was_is_not_continued(office: Any, memory: ChainMemory) -> None:
    """fault F10: who took the end away does not get a new end over it."""
    business(office)
    head = head_of(seal_all(memory)[-1])
    more_business(office)
    with db.engine.connect() as connection:
        last = last_seal(connection)
        for known in (
            ChainHead(head.number + 1, head.at, head.hash),
            ChainHead(head.number, head.at, "0" * 64),
        ):
            with pytest.raises(sealing.ChainBroken):
                sealing.require_continuing(connection, last, known)
        with pytest.raises(sealing.ChainBroken):
            sealing.require_continuing(connection, None, head)
        sealing.require_continuing(connection, last, head)
        connection.rollback()


def test_another_key_neither_continues_the_chain_nor_finds_it_sound(
    office: Any, memory: ChainMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F10: without the key of the firm neither rows nor seals can be made."""
    business(office)
    seal_all(memory)
    monkeypatch.setattr(key, "_key", [b"of somebody else, however long it may be"])
    with pytest.raises(sealing.ChainBroken):
        seal_all(memory)
    assert any("was made with the key" in line for line in said())
    monkeypatch.setattr(key, "_key", [])
    with pytest.raises(key.MissingKey):
        row_digest({"note": "x"})
    assert said()[0].startswith("the key of the chain is not on this machine")


UPGRADES = {
    "changes rows": ["UPDATE audit_entry SET role = 'renamed'"],
    "adds a column": ["ALTER TABLE audit_entry ADD COLUMN planted VARCHAR(9) DEFAULT 'x' NOT NULL"],
    "changes nothing sealed": ["UPDATE customer SET remark = 'x'"],
}


@pytest.mark.parametrize("deed", UPGRADES)
def test_rows_that_an_upgrade_changed_are_sealed_anew(office: Any, memory: ChainMemory, deed: str) -> None:
    """fault F10: what was whole before is whole after; no more is sealed anew than has to be."""
    business(office)
    seal_all(memory)
    more_business(office)
    with owner() as connection:
        was_whole = upgrading.is_whole_before(connection)
        assert was_whole
        before = last_seal(connection)
        assert before is not None
        assert before.number == 2, "what waited was sealed before the upgrade"
        for statement in UPGRADES[deed]:
            connection.execute(sa.text(statement))
        made = upgrading.seal_after(connection, "1234", was_whole=was_whole)
        assert (made is None) == (deed == "changes nothing sealed")
        if made is not None:
            assert (made.generation, made.note) == (2, "upgrade to schema 1234")
        assert told(connection, [head_of(before)]) == []
        column = "planted" if deed == "adds a column" else "note"
        connection.execute(sa.text(f"UPDATE audit_entry SET {column} = 'y' WHERE id = 1"))
        assert names_row(told(connection), "audit_entry", 1)


def test_an_upgrade_hides_nothing_that_was_changed_before_it(office: Any, memory: ChainMemory) -> None:
    """fault F10: a chain that was broken stays so."""
    business(office)
    seal_all(memory)
    with owner() as connection:
        connection.execute(sa.text("UPDATE audit_entry SET note = 'x' WHERE id = 1"))
        was_whole = upgrading.is_whole_before(connection)
        assert not was_whole
        connection.execute(sa.text("UPDATE audit_entry SET role = 'renamed'"))
        assert upgrading.seal_after(connection, "1234", was_whole=was_whole) is None
        assert names_row(told(connection), "audit_entry", 1)


def test_rows_of_before_the_chain_are_sealed_as_they_are(office: Any) -> None:
    """fault F10: a firm of an earlier release has rows without a keyed digest; from then on they are watched."""
    business(office)
    with owner() as connection:
        for table in chained_tables():
            connection.execute(sa.text(f"UPDATE {table} SET digest = ''"))
        assert told(connection) != []
        made = upgrading.seal_after(connection, "1234", was_whole=False)
        assert made is not None
        assert made.note.startswith("rows of before the chain")
        assert told(connection) == []
        connection.execute(sa.text("UPDATE stock_ledger_entry SET document_number = 'X' WHERE id = 1"))
        assert names_row(told(connection), "stock_ledger_entry", 1)
