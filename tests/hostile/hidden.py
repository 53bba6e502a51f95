"""What is hidden from a person: rows, and the words that none of their pages may say; and what finds such rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.core.db.base import db, model_name
from app.core.files.files import Attachment
from app.core.jobs.jobs import Job
from app.core.record.audit import AuditEntry
from app.core.record.fields import fields_of
from app.core.record.recycle import DeletedRecord
from app.models.system.import_batch import ImportBatch
from app.query.choices import pickable
from app.query.listing import Listing
from app.security.accounts.people import actor_named
from app.security.policy import NAMEABLE, VISIBILITY, may_name, visible
from tests.furnish.system import PDF
from tests.hostile.asking import Route
from tests.hostile.sent import hidden_keys
from tests.support.everything import VIEWS

KEYED = re.compile(r"<(int:)?(pk|row_id|batch_id)>")
SAID = ("number", "name", "subject", "phone", "mobile", "file_name", "title")
FILE = "合同.pdf"


@dataclass
class Hidden:
    """What this person may not see.

    every   keys of rows, by their model; `keys` are the newest of them, by what stands in an address before them
    seen    keys of rows that they do see
    words   that none of their pages may say: neither their rows nor what these refer to are called so
    searched   those of the newest rows, which are searched for
    nameable   those by which their forms may name a row, as money of any customer is booked; manual 8.14, 12.3
    reads_log  whether they may read the log, all of it
    """

    login: str
    every: dict[type[Any], set[int]] = field(default_factory=dict)
    keys: dict[str, list[int]] = field(default_factory=dict)
    seen: dict[str, list[int]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    searched: set[str] = field(default_factory=set)
    nameable: set[str] = field(default_factory=set)
    reads_log: bool = False
    turn: int = 0

    @property
    def count(self) -> int:
        return sum(map(len, self.every.values()))

    @property
    def beside(self) -> str:
        """What narrows pages to a hidden customer and a hidden order."""
        customer, order = (next(iter(self.keys[base]), 0) for base in ("customer", "salesorder"))
        return f"customer={customer}&sales_order={order}&order={order}&id={customer}"

    def of(self, route: Route, *, whole: bool) -> list[int]:
        """Hidden rows that a route is asked for: all where a whole row is shown, elsewhere one, each in its turn."""
        keys = self.keys.get(route.base, []) if KEYED.search(route.rule.rule) else []
        if whole or not keys:
            return keys
        self.turn += 1
        return [keys[self.turn % len(keys)]]


@dataclass
class Finder:
    """Which rows a quick search finds for somebody who sees every row; each question is asked of the database once.

    Whoever sees less finds less: by a word that finds no hidden row even for this person nothing hidden can come out.
    """

    actor: Actor
    known: dict[tuple[type[Any], bool, str], set[int]] = field(default_factory=dict)

    def finds(self, model: type[Any], word: str, hidden: Hidden, *, picked: bool) -> bool:
        asked = model, picked, word
        if asked not in self.known:
            self.known[asked] = self._picked(model, word) if picked else self._listed(model, word)
        return bool(self.known[asked] & hidden.every[model])

    def _listed(self, model: type[Any], word: str) -> set[int]:
        listing = Listing(model, VIEWS[model].beside)
        listing.search(VIEWS[model].search_columns, word)
        return set(db.session.scalars(listing.statement(self.actor)))

    def _picked(self, model: type[Any], word: str) -> set[int]:
        rows = pickable(db.session(), model, word, self.actor, searched=VIEWS[model].pick_search, limit=10_000)
        return {key for key, _name, _hints in rows}


def _words(rows: Iterable[Any], names: Sequence[str] = SAID) -> set[str]:
    texts = {str(getattr(row, name)) for row in rows for name in names if getattr(row, name, None)}
    return {text for text in texts if len(text) > 2}


def _named_by(rows: Iterable[Any], steps: int = 2) -> set[str]:
    """Names and numbers of rows that these refer to, and of those that those refer to: pages tell that much."""
    found: set[str] = set()
    related: list[Any] = []
    for row in rows:
        one = (name for name, relation in sa.inspect(type(row)).relationships.items() if not relation.uselist)
        related += [other for name in one if (other := getattr(row, name)) is not None]
    if related:
        found = _words(related, ("name", "number")) | {str(row) for row in related}
    return found | (_named_by(set(related), steps - 1) if related and steps > 1 else set())


def hidden_from(login: str) -> Hidden:
    found = Hidden(login)
    actor = actor_named(db.session(), login)
    said: set[str] = set()
    for model in (*VIEWS, DeletedRecord, ImportBatch, Job):
        keys = hidden_keys(model, login)
        named = {DeletedRecord: "recycle", ImportBatch: "import", Job: "prepared"}
        base = named.get(model, model_name(model).replace("_", ""))
        seen = list(db.session.scalars(visible(sa.select(model), model, actor)))
        found.every[model] = set(keys)
        found.keys[base], found.seen[base] = keys[-3:], [row.id for row in seen][-2:]
        found.words |= _words(db.session.scalars(sa.select(model).where(model.id.in_(keys))))
        found.searched |= _words(db.session.scalars(sa.select(model).where(model.id.in_(keys[-3:]))))
    for model in VISIBILITY:
        seen = list(db.session.scalars(visible(sa.select(model), model, actor)))
        said |= _words(seen, (*SAID, "document_number")) | _named_by(seen)
    found.words, found.searched = found.words - said, found.searched - said
    for model, name in NAMEABLE:
        if may_name(model, name, actor):
            found.nameable |= _words(db.session.scalars(sa.select(fields_of(model)[name].target)), ("name", "number"))
    found.reads_log = actor.may("read", AuditEntry)
    if found.keys["customer"]:  # the files stand beside a customer
        found.words |= {FILE, PDF.decode()}
        found.keys["attachment"] = list(db.session.scalars(sa.select(Attachment.id)))
    return found
