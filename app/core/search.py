"""Search that finds two Chinese characters, pinyin initials and parts of numbers, on any database.

A searchable model says `__searched__ = ("name", …)`. Its `search_text` holds the normalised values, their pinyin
initials and full pinyin; `search_token` holds every one- and two-character piece of it. A query is first narrowed by
its rarest piece, then checked against the text. docs/decisions/0003-search.md
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_appbuilder import Model
from pypinyin import Style, lazy_pinyin
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.base import model_name

LONGEST_QUERY = 60


class SearchToken(Model):
    """One piece of one record's text."""

    __tablename__ = "search_token"
    __table_args__ = (sa.Index("ix_search_token_record", "model", "record_id"),)

    model: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True)


def normalised(text: str) -> str:
    """Width, case and spaces taken out: `  ＡＢ c（有限）` → `abc(有限)`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace() and character.isprintable())


@lru_cache(maxsize=20_000)
def pinyin_forms(text: str) -> tuple[str, str]:
    """Initials and full pinyin of a Chinese text, else empty: 北京银行 → ("bjyh", "beijingyinhang")."""
    if all(ord(character) < 0x3400 for character in text):
        return "", ""
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
    return normalised(initials), normalised("".join(lazy_pinyin(text)))


def search_text(values: Iterable[Any]) -> str:
    """What is searched of a record: each value and its pinyin, one per line."""
    parts: dict[str, None] = {}
    for value in values:
        if value in (None, ""):
            continue
        text = normalised(str(value))
        for form in (text, *pinyin_forms(text)):
            if form:
                parts[form] = None
    return "\n".join(parts)


def pieces(text: str) -> set[str]:
    """Every one- and two-character piece within a line."""
    found: set[str] = set()
    for line in text.split("\n"):
        found.update(line)
        found.update(line[i : i + 2] for i in range(len(line) - 1))
    return found


def text_of(record: Any) -> str:
    """The searched text a record should have now."""
    return search_text(_value(record, path) for path in type(record).__searched__)


def _value(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def index_record(session: Session, record: Any) -> None:
    """Bring the searched text of a flushed record up to date; records of other kinds are left alone."""
    if not getattr(type(record), "__searched__", None):
        return
    text = text_of(record)
    if text == record.search_text:
        return
    before = pieces(record.search_text or "") if record.search_text else set()
    record.search_text = text
    _store(session, model_name(record), {record.id: (before, pieces(text))})


def index_many(session: Session, model: type[Any], records: Sequence[Any]) -> None:
    """The same for freshly inserted records, in one batch."""
    rows = {record.id: (set[str](), pieces(record.search_text)) for record in records}
    _store(session, model_name(model), rows)


def _store(session: Session, name: str, rows: dict[int, tuple[set[str], set[str]]]) -> None:
    table = SearchToken.__table__
    gone = [(record_id, old - new) for record_id, (old, new) in rows.items() if old - new]
    for record_id, tokens in gone:
        session.execute(
            sa.delete(table).where(table.c.model == name, table.c.record_id == record_id, table.c.token.in_(tokens))
        )
    added = [
        {"model": name, "token": token, "record_id": record_id}
        for record_id, (old, new) in rows.items()
        for token in sorted(new - old)
    ]
    if added:
        session.execute(sa.insert(table), added)


def forget_record(session: Session, record: Any) -> None:
    table = SearchToken.__table__
    session.execute(
        sa.delete(table).where(table.c.model == model_name(record), table.c.record_id == record.id)
    )


def matches(model: type[Any], query: str) -> sa.ColumnElement[bool]:
    """Condition: every word of the query stands in the record's text. An empty query matches all."""
    words = [normalised(word) for word in query[:LONGEST_QUERY].split()]
    conditions = [_word_matches(model, word) for word in words if word]
    return sa.and_(sa.true(), *conditions)


def _word_matches(model: type[Any], word: str) -> sa.ColumnElement[bool]:
    table = SearchToken.__table__
    wanted = [word] if len(word) <= 2 else sorted({word[i : i + 2] for i in range(len(word) - 1)})[:6]
    ids = [
        model.id.in_(sa.select(table.c.record_id).where(table.c.model == model_name(model), table.c.token == token))
        for token in wanted
    ]
    if len(word) <= 2:
        return ids[0]
    return sa.and_(*ids, model.search_text.contains(word, autoescape=True))
