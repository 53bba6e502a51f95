"""A ledger is append-only and explains the balances it keeps. design.md §4.

A posting locks its balances in key order, moves them by one conditional UPDATE, and writes the entries from what that
UPDATE returned, so that a balance and its ledger cannot part. Each entry has a running number per balance, and the
digest that every row has which is only ever added (core/chain): a missing or altered row shows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.actor import Actor
from app.core.chain.rows import AppendOnlyRow
from app.core.clock import today, utc_now
from app.core.db.base import Row, model_name
from app.core.db.engine import insert_into
from app.core.db.types import ZERO, UtcDateTime
from app.core.errors import AppError, too_large
from app.core.ledger.books import counted_on

Key = tuple[int, ...]
AT_ONCE = 1000  # balances in one statement
# Balances by key, and by key how much each measure is to change.
Judge = Callable[[Mapping[Key, Any], Mapping[Key, Mapping[str, Decimal]]], None]


class BalanceRow(Row):
    """A cached sum; `entries` counts the ledger rows behind it."""

    entries: Mapped[int] = mapped_column(default=0, sort_order=50)


class LedgerRow(AppendOnlyRow):
    """A change of one balance, for good.

    `on` is the business day on which it counts, `at` the moment at which it was posted. An entry whose own day lies in
    a month that was closed by then counts on the first open day, and `original_on` keeps its own day.
    """

    serial: Mapped[int] = mapped_column(sort_order=50)  # running number within its balance, from 1
    on: Mapped[dt.date] = mapped_column(index=True, sort_order=51)
    original_on: Mapped[dt.date | None] = mapped_column(sort_order=51)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), index=True, sort_order=51)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True, sort_order=52)
    document_model: Mapped[str] = mapped_column(sa.String(40), sort_order=53)
    document_id: Mapped[int] = mapped_column(sort_order=54)
    document_number: Mapped[str] = mapped_column(sa.String(40), sort_order=55)


@dataclass(frozen=True)
class Posting:
    """One intended ledger row: whose balance, by how much each measure changes, why, and on which business day.

    on  the day on which it counts when the books are still open there; today when left out
    """

    key: Key
    kind: str
    changes: dict[str, Decimal]
    document: Any
    extra: dict[str, Any] = field(default_factory=dict)
    on: dt.date | None = None


class Ledger:
    """A ledger table, its balance table, the columns that name a balance, and the measures kept.

    floors  measures that may not fall below zero
    short   makes the refusal when one would: (session, key, balance or None, wanted change) → AppError
    """

    def __init__(
        self,
        entry: type[Any],
        balance: type[Any],
        keys: tuple[str, ...],
        measures: tuple[str, ...],
        floors: tuple[str, ...] = (),
        short: Callable[[Session, Key, Any, Decimal], AppError] | None = None,
    ) -> None:
        self.entry = entry
        self.balance = balance
        self.keys = keys
        self.measures = measures
        self.floors = floors
        self.short = short
        LEDGERS.append(self)

    def post(
        self, session: Session, postings: Sequence[Posting], actor: Actor | None, *, judge: Judge | None = None
    ) -> None:
        """Write all postings in a handful of statements, however many there are.

        judge   looks at the locked balances and at what is to change in each, and raises what it refuses
        errors  what `short` makes, for the first balance that would fall below zero, or Refused "number_too_large";
                nothing is written then
        """
        if not postings:
            return
        session.flush()
        sums = self._sums(postings)
        keys = sorted(sums)
        # An opening stock has a line per product: a statement takes only so many of them.
        blocks = [{key: sums[key] for key in keys[at : at + AT_ONCE]} for at in range(0, len(keys), AT_ONCE)]
        balances = [self._locked(session, list(block)) for block in blocks]
        for block, rows in zip(blocks, balances, strict=True):
            self._require_cover(session, block, rows)
            self._require_held(block, rows)
            if judge is not None:
                judge(rows, block)
        for block, rows in zip(blocks, balances, strict=True):
            after = self._moved(session, block, rows)
            self._write(session, [posting for posting in postings if posting.key in block], block, after, actor)
        self._forget(session)

    def _sums(self, postings: Sequence[Posting]) -> dict[Key, dict[str, Decimal]]:
        sums: dict[Key, dict[str, Decimal]] = {}
        for posting in postings:
            total = sums.setdefault(posting.key, {**dict.fromkeys(self.measures, ZERO), "entries": ZERO})
            total["entries"] += 1
            for measure, change in posting.changes.items():
                total[measure] += change
        return sums

    def _columns(self) -> list[Any]:
        return [getattr(self.balance, name) for name in (*self.keys, "id", *self.measures, "entries")]

    def _locked(self, session: Session, keys: list[Key]) -> dict[Key, Any]:
        """Return the balance rows of these keys, made when missing.

        They are locked in key order, so that two writers never cross.
        """
        missing = [dict(zip(self.keys, key, strict=True)) for key in keys]
        rows = self._select_locked(session, keys)
        if len(rows) < len(keys):
            zeros = {**dict.fromkeys(self.measures, ZERO), "entries": 0}
            session.execute(
                insert_into(session, self.balance).on_conflict_do_nothing(index_elements=list(self.keys)),
                [{**key, **zeros} for key in missing if tuple(key.values()) not in rows],
            )
            rows = self._select_locked(session, keys)
        return rows

    def _select_locked(self, session: Session, keys: list[Key]) -> dict[Key, Any]:
        columns = [getattr(self.balance, name) for name in self.keys]
        condition = columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else sa.tuple_(*columns).in_(keys)
        query = sa.select(*self._columns()).where(condition).order_by(*columns).with_for_update()
        return {tuple(row[: len(columns)]): row for row in session.execute(query)}

    def _require_cover(self, session: Session, sums: dict[Key, dict[str, Decimal]], rows: dict[Key, Any]) -> None:
        for measure in self.floors:
            for key, change in sorted(sums.items()):
                if getattr(rows[key], measure) + change[measure] < 0 and self.short is not None:
                    raise self.short(session, key, rows[key], change[measure])

    def _require_held(self, sums: dict[Key, dict[str, Decimal]], rows: dict[Key, Any]) -> None:
        """Refuse a balance that its column would not hold: SQLite adds beyond it without a word.

        errors  Refused "number_too_large"
        """
        for measure in self.measures:
            column = getattr(self.balance, measure).type
            if not all(column.holds(getattr(rows[key], measure) + change[measure]) for key, change in sums.items()):
                raise too_large(message=_("A balance would become larger than can be kept. Ask who keeps the books."))

    def _moved(self, session: Session, sums: dict[Key, Any], rows: dict[Key, Any]) -> dict[Key, Any]:
        """Move all balances by one UPDATE; the floor is asked again inside it."""
        ids = {rows[key].id: key for key in sums}
        values = {}
        conditions = [self.balance.id.in_(ids)]
        for name in (*self.measures, "entries"):
            column = getattr(self.balance, name)
            whole = (lambda value: int(value)) if name == "entries" else (lambda value: value)
            moved = column + sa.case(
                {row_id: sa.literal(whole(sums[key][name]), column.type) for row_id, key in ids.items()},
                value=self.balance.id,
            )
            values[name] = moved
            if name in self.floors:
                conditions.append(moved >= 0)
        statement = sa.update(self.balance).where(*conditions).values(values).returning(*self._columns())
        options = {"posting": True, "synchronize_session": False}
        returned = session.execute(statement, execution_options=options).all()
        after = {ids[row.id]: row for row in returned}
        for key in sorted(sums):
            if key not in after and self.short is not None:
                raise self.short(session, key, rows[key], sums[key][self.floors[0]])
        return after

    def _write(
        self, session: Session, postings: Sequence[Posting], sums: dict[Key, Any], after: dict[Key, Any], actor: Any
    ) -> None:
        at = utc_now()
        counted = {on: counted_on(session, on or today()) for on in {posting.on for posting in postings}}
        running = {
            key: {name: getattr(after[key], name) - change[name] for name in (*self.measures, "entries")}
            for key, change in sums.items()
        }
        rows = []
        for posting in postings:
            state = running[posting.key]
            state["entries"] += 1
            on = counted[posting.on]
            row: dict[str, Any] = {
                **dict(zip(self.keys, posting.key, strict=True)),
                "kind": posting.kind,
                "serial": int(state["entries"]),
                "at": at,
                "on": on,
                "original_on": posting.on if posting.on not in (None, on) else None,
                "user_id": actor.user_id if actor else None,
                "document_model": model_name(posting.document),
                "document_id": posting.document.id,
                "document_number": str(posting.document),
                **posting.extra,
            }
            for name in self.measures:
                change = posting.changes.get(name, ZERO)
                state[name] += change
                row[f"{name}_change"] = change
                row[f"{name}_after"] = state[name]
            rows.append(row)
        session.execute(sa.insert(self.entry.__table__), rows)

    def _forget(self, session: Session) -> None:
        """Let the session read balances anew, for those it holds are stale now."""
        for instance in session.identity_map.values():
            if isinstance(instance, self.balance):
                session.expire(instance)

    def mismatches(self, session: Session) -> Iterator[str]:
        """Yield a line per balance that is not the sum of its ledger, and per entry that is lost or does not fit."""
        yield from self._wrong_sums(session)
        yield from self._wrong_rows(session)

    def _wrong_sums(self, session: Session) -> Iterator[str]:
        entry, balance = self.entry, self.balance
        keys = [getattr(entry, name) for name in self.keys]
        sums = [sa.func.sum(getattr(entry, f"{name}_change")).label(name) for name in self.measures]
        counts = (sa.func.count().label("entries"), sa.func.max(entry.serial).label("serial"))
        ledger = sa.select(*keys, *sums, *counts).group_by(*keys).subquery()
        joined = sa.and_(*(getattr(balance, name) == ledger.c[name] for name in self.keys))
        left = sa.select(*self._columns(), *(ledger.c[n].label(f"sum_{n}") for n in (*self.measures, "entries")))
        for row in session.execute(left.outerjoin(ledger, joined).execution_options(yield_per=1000)):
            for name in (*self.measures, "entries"):
                summed = getattr(row, f"sum_{name}") or 0
                if getattr(row, name) != summed:
                    where = self._where(row)
                    yield f"{balance.__tablename__} {where}: {name} is {getattr(row, name)}, its ledger says {summed}"
        orphans = sa.select(ledger).outerjoin(balance, joined).where(balance.id.is_(None))
        for row in session.execute(orphans):
            yield f"{entry.__tablename__} {self._where(row)}: has entries but no balance"

    def _wrong_rows(self, session: Session) -> Iterator[str]:
        columns = list(self.entry.__table__.columns)
        order = [self.entry.__table__.c[name] for name in (*self.keys, "serial")]
        query = sa.select(*columns).order_by(*order).execution_options(yield_per=2000)
        running: dict[str, Decimal] = defaultdict(Decimal)
        last: tuple[Any, ...] = ()
        serial = 0
        for found in session.execute(query).mappings():
            key = tuple(found[name] for name in self.keys)
            if key != last:
                last, serial, running = key, 0, defaultdict(Decimal)
            serial += 1
            name = f"{self.entry.__tablename__} {found['id']} ({found['document_number']})"
            if found["serial"] != serial:
                yield f"{name}: entry {serial} of its balance is missing"
                serial = found["serial"]
            for measure in self.measures:
                running[measure] += found[f"{measure}_change"]
                if found[f"{measure}_after"] != running[measure]:
                    yield f"{name}: {measure} after it should be {running[measure]}"
                    running[measure] = found[f"{measure}_after"]

    def _where(self, row: Any) -> str:
        return " ".join(f"{name}={getattr(row, name)}" for name in self.keys)


LEDGERS: list[Ledger] = []
