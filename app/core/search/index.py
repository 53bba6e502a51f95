"""The search finds two Chinese characters, pinyin initials and parts of numbers, on any database.

A searchable model says `__searched__ = ("name", …)`. Its `search_text` holds the normalised values, their pinyin
initials and full pinyin, and the national form of telephone numbers; `search_index` says which records have which one-
and two-character piece of it: an FTS5 table on SQLite, an array with a GIN index on PostgreSQL, one row per record. A
query is first narrowed by its pieces, then checked against the text. The index holds nothing of its own: it is no part
of the models, `install` makes it and `rebuild` fills it anew. docs/decisions/0003-search.md
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from app.core.appbuilder import Model
from app.core.cache.per_process import cached_per_process
from app.core.db.base import model_name
from app.core.record.numbering import whole_number
from app.core.search.phone import core_of, numbers_in
from app.core.text import normalised, pinyin_forms

LONGEST_QUERY = 60
INDEX = "search_index"
RECORD_BITS = 40
KEY_BITS = 2**RECORD_BITS - 1  # these bits of an index key are the record's own key
REBUILT_AT_ONCE = 1000

_INSTALL = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} "  # The table keeps nothing but the index itself.
        "USING fts5(pieces, content='', columnsize=0, detail=none)",
    ),
    "postgresql": (
        # The pieces themselves are never read: they are stored apart, so that a page holds the keys of many records.
        f"CREATE TABLE IF NOT EXISTS {INDEX} (id bigint PRIMARY KEY, pieces text[] NOT NULL) "
        "WITH (toast_tuple_target = 128)",
        f"ALTER TABLE {INDEX} ALTER pieces SET STORAGE EXTERNAL",
        f"CREATE INDEX IF NOT EXISTS {INDEX}_pieces ON {INDEX} USING gin (pieces)",
    ),
}
_ADD = {
    "sqlite": f"INSERT INTO {INDEX} (rowid, pieces) VALUES (:key, :words)",  # noqa: S608
    "postgresql": f"INSERT INTO {INDEX} (id, pieces) SELECT key, string_to_array(words, ' ') "  # noqa: S608
    "FROM unnest(CAST(%(keys)s AS bigint[]), CAST(%(texts)s AS text[])) AS given (key, words) "
    "ON CONFLICT (id) DO UPDATE SET pieces = excluded.pieces",
}
# FTS5 without content must be told the pieces it is to forget.
_FORGET = {
    "sqlite": f"INSERT INTO {INDEX} ({INDEX}, rowid, pieces) VALUES ('delete', :key, :words)",  # noqa: S608
    "postgresql": f"DELETE FROM {INDEX} WHERE id = ANY(CAST(%(keys)s AS bigint[]))",  # noqa: S608
}
_EMPTY = {
    "sqlite": f"INSERT INTO {INDEX} ({INDEX}) VALUES ('delete-all')",  # noqa: S608
    "postgresql": f"TRUNCATE {INDEX}",
}


def search_text(values: Iterable[Any]) -> str:
    """Return what is searched of a record: each value and its pinyin, one per line."""
    parts: dict[str, None] = {}
    for value in values:
        if value in (None, ""):
            continue
        text = normalised(str(value))
        for form in (text, *pinyin_forms(text), *numbers_in(str(value))):
            if form:
                parts[form] = None
    return "\n".join(parts)


def pieces(text: str) -> set[str]:
    """Return every two-character piece within a line, and every single character that is no letter or digit of ours."""
    found: set[str] = set()
    for line in text.split("\n"):
        if not line.isascii():
            found.update(character for character in line if not character.isascii())
        found.update(map(str.__add__, line, line[1:]))
    return found


def text_of(record: Any) -> str:
    """Return the searched text a record should have now."""
    return search_text(_value(record, path) for path in type(record).__searched__)


def _value(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


# The index


@cached_per_process()
def model_code(name: str) -> int:
    """Return a number of 16 bits for a model, the same for ever; a test sees to it that no two models share one."""
    return binascii.crc_hqx(name.encode(), 0)


def index_key(name: str, record_id: int) -> int:
    return model_code(name) << RECORD_BITS | record_id


@cached_per_process(most=200_000)
def _word(code: int, piece: str) -> str:
    """Return a piece as a word of one model.

    It has letters and digits only, so no tokenizer cuts it and no models meet.
    """
    return f"{code:04x}{piece.encode().hex()}"


def _words(name: str, text: str) -> str:
    code = model_code(name)
    return " ".join([_word(code, piece) for piece in pieces(text)])


def index_row(name: str, record_id: int, text: str) -> tuple[int, str]:
    """Return what the index holds of a record's text: its key, and its pieces as words with spaces between."""
    return index_key(name, record_id), _words(name, text)


def install(connection: Connection) -> None:
    """Make the index where it is missing; repeatable."""
    for statement in _INSTALL[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def is_index_table(name: str | None) -> bool:
    """Return whether a table in the database is the index or one of the parts FTS5 keeps it in."""
    return (name or "").startswith(INDEX)


def rebuild(session: Session) -> None:
    """Fill the index anew from the texts of all records: after a restore, or when in doubt."""
    mappers = sorted(Model.registry.mappers, key=lambda mapper: mapper.class_.__tablename__)
    models = [mapper.class_ for mapper in mappers if getattr(mapper.class_, "__searched__", None)]
    rebuild_from(session, {model_name(model): model.__table__ for model in models})


def rebuild_from(session: Session, tables: Mapping[str, Any]) -> None:
    """Fill the index anew from these tables, by the names of their models: a migration knows no others."""
    connection = session.connection()
    install(connection)
    connection.exec_driver_sql(_EMPTY[connection.dialect.name])
    for name, table in tables.items():
        query = sa.select(table.c.id, table.c.search_text).execution_options(yield_per=REBUILT_AT_ONCE)
        for part in session.execute(query).partitions():
            _add(session, name, {row.id: row.search_text for row in part})


def index_record(session: Session, record: Any) -> None:
    """Bring the searched text of a flushed record up to date; records of other kinds are left alone."""
    if not getattr(type(record), "__searched__", None):
        return
    text = text_of(record)
    if text == record.search_text:
        return
    _forget(session, model_name(record), {record.id: record.search_text})
    record.search_text = text
    _add(session, model_name(record), {record.id: text})


def index_many(session: Session, model: type[Any], records: Sequence[Any]) -> None:
    """Index freshly inserted records whose `search_text` is set, in one batch."""
    _add(session, model_name(model), {record.id: record.search_text for record in records})


def forget_record(session: Session, record: Any) -> None:
    """Take a record that is deleted out of the index."""
    if getattr(type(record), "__searched__", None):
        _forget(session, model_name(record), {record.id: record.search_text})


def forget_many(session: Session, model: type[Any], keys: Sequence[int]) -> None:
    """Take records that are about to be deleted out of the index, in one batch."""
    if getattr(model, "__searched__", None):
        texts = session.execute(sa.select(model.id, model.search_text).where(model.id.in_(keys)))
        _forget(session, model_name(model), {row.id: row.search_text for row in texts})


def _add(session: Session, name: str, texts: dict[int, str]) -> None:
    _send(session, _ADD, name, texts)


def _forget(session: Session, name: str, texts: dict[int, str | None]) -> None:
    _send(session, _FORGET, name, texts)


def _send(session: Session, statements: dict[str, str], name: str, texts: Any) -> None:
    rows = [index_row(name, key, text) for key, text in texts.items() if text]
    if not rows:
        return
    connection = session.connection()
    statement = statements[connection.dialect.name]
    if connection.dialect.name == "postgresql":
        keys, words = zip(*rows, strict=True)
        connection.exec_driver_sql(statement, {"keys": list(keys), "texts": list(words)})
    else:
        connection.exec_driver_sql(statement, [{"key": key, "words": words} for key, words in rows])


# Asking


class HasPieces(FunctionElement[bool]):
    """This condition says that the record of this key has all these words in the index."""

    type = sa.Boolean()
    inherit_cache = True
    name = "has_pieces"


@compiles(HasPieces, "sqlite")
def _on_sqlite(element: HasPieces, compiler: Any, **options: Any) -> str:
    key, words = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{key} IN (SELECT rowid & {KEY_BITS} FROM {INDEX} WHERE {INDEX} MATCH {words})"  # noqa: S608


@compiles(HasPieces, "postgresql")
def _on_postgresql(element: HasPieces, compiler: Any, **options: Any) -> str:
    key, words = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{key} IN (SELECT id & {KEY_BITS} FROM {INDEX} WHERE pieces @> string_to_array({words}, ' '))"  # noqa: S608


class Holds(FunctionElement[bool]):
    """This condition says that the text holds the word, letter for letter.

    On PostgreSQL it takes half the time of LIKE.
    """

    type = sa.Boolean()
    inherit_cache = True
    name = "holds"


@compiles(Holds, "sqlite")
def _instr(element: Holds, compiler: Any, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(Holds, "postgresql")
def _strpos(element: Holds, compiler: Any, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)}) > 0"


def holds(text: Any, word: str) -> sa.ColumnElement[bool]:
    """Return the condition that the searched text of a record holds the normalised word."""
    return Holds(text, sa.literal(word, sa.String()))


@dataclass(frozen=True)
class SearchTerms:
    """Search terms say what a query asks of a model.

    words    its record must have them in the index
    checks   what besides must be true of it
    without  what must be true of it where the index is not asked
    """

    words: str
    checks: tuple[sa.ColumnElement[bool], ...] = ()
    without: tuple[sa.ColumnElement[bool], ...] = ()

    def condition(self, model: type[Any]) -> sa.ColumnElement[bool]:
        """Return the condition that the record has the words in the index."""
        return HasPieces(model.id, sa.literal(self.words, sa.String()))


def search_terms(model: type[Any], query: str) -> SearchTerms:
    """Return what a query asks of a model: every word must stand in the record's text."""
    code = model_code(model_name(model))
    words: dict[str, None] = {}
    checks: list[sa.ColumnElement[bool]] = []
    short: list[sa.ColumnElement[bool]] = []  # the index answers for them alone
    for word in filter(None, map(normalised, query[:LONGEST_QUERY].split())):
        contained = holds(model.search_text, word)
        if (number := whole_number(model, word)) is not None:
            # Its pieces are in every document of the year; the number itself is in an index.
            checks.append(model.number == number)
        elif len(word) == 1 and word.isascii():
            checks.append(contained)  # nearly every record has it, so no index helps
        elif len(word) <= 2:
            words[_word(code, word)] = None
            short.append(contained)
        else:
            words |= dict.fromkeys(_word(code, word[i : i + 2]) for i in range(len(word) - 1))
            checks.append(contained)
    return SearchTerms(" ".join(sorted(words)), tuple(checks), (*checks, *short))


def matches(model: type[Any], query: str) -> sa.ColumnElement[bool]:
    """Return the condition that every word of the query stands in the record's text. An empty query matches all."""
    asked = search_terms(model, query)
    indexed = [asked.condition(model)] if asked.words else []
    return sa.and_(sa.true(), *indexed, *asked.checks)


def has_number(model: type[Any], number: str) -> sa.ColumnElement[bool]:
    """Return the condition that the record's texts hold a telephone number, in whatever form and area.

    Whether the area is the same, `share_a_number` says of the rows that are found.
    """
    return matches(model, core_of(number))
