"""`crm seal`, `audit-head` and `verify`: what they say of the chain over log and ledgers, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app.core.chain.checking import ChainCheck, generations_since
from app.core.chain.key import MissingKey
from app.core.chain.memory import ChainMemory
from app.core.chain.sealing import ChainBroken, seal_anew, seal_new_rows
from app.core.chain.seals import ChainHead, head_of, last_seal, read_heads
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work, reading
from app.core.ledger.verify import mismatches

Echo = Callable[..., Any]


def chain_memory() -> ChainMemory:
    """What this machine remembers of the chain."""
    return ChainMemory(Path(current_app.config["CHAIN_HOME"]))


def run_seal(*, anew: str | None, echo: Echo) -> int:
    """Exit code: 0 everything that is committed is sealed, 1 the chain is not what it was."""
    memory, rows = chain_memory(), 0
    session = db.session()
    if anew is not None:
        last = in_unit_of_work(session, lambda: seal_anew(session.connection(), anew[:200]))
        memory.forget()
        if last is not None:
            memory.remember(head_of(last))
        echo("a new generation begins with all rows as they are")
    try:
        while (made := seal_new_rows(db.engine, memory)) is not None:
            rows += sum(part["count"] for part in made.parts.values())
    except (ChainBroken, MissingKey, ValueError) as error:
        echo(f"Error: {error}. Run crm verify, and see “When” in docs/operations.md", err=True)
        return 1
    head = _present_head()
    echo(f"sealed: {rows} rows; {f'the chain ends with seal {head}' if head else 'there is no row yet'}")
    return 0


def run_head(*, echo: Echo) -> int:
    """Exit code: 0 the head was told, 1 there is none yet."""
    head = _present_head()
    if head is None:
        echo("Error: nothing was sealed yet: run crm seal", err=True)
        return 1
    echo(str(head))
    return 0


def _present_head() -> ChainHead | None:
    with reading(), db.engine.connect() as connection:
        last = last_seal(connection)
        connection.rollback()
    return head_of(last) if last is not None else None


def run_verify(*, since_last: bool, head_file: Path | None, echo: Echo) -> int:
    """Exit code: 0 everything adds up and nothing was changed behind the program's back, 1 not."""
    memory, session = chain_memory(), db.session()
    try:
        heads = read_heads(head_file.read_text("utf-8"), head_file.name) if head_file is not None else []
        known, checked = memory.head(), memory.checked() if since_last else None
    except (OSError, ValueError) as error:
        echo(f"Error: {error}", err=True)
        return 1
    if since_last and checked is None:
        echo("no check has found all well on this machine before: all of the chain is read", err=True)
    reached = _present_head()
    count = 0
    with reading():  # on SQLite nobody waits for it
        for line in mismatches(session, ChainCheck([*heads, *([known] if known else [])], checked)):
            count += 1
            echo(line)
        for line in generations_since(session.connection(), heads):
            echo(f"Note: {line}", err=True)
        session.rollback()
    if not count and reached is not None:
        memory.remember_checked(reached)
    echo(f"{count} mismatches" if count else "verified: everything adds up")
    return 1 if count else 0


def make_key_known(path: Path, make: Callable[[Path], str]) -> str:
    """Return the key of a production node that has none yet, made at its first `crm init`.

    errors  ValueError where the chain has begun already: its key is on another node
    """
    with reading(), db.engine.connect() as connection:
        has_begun = sa.inspect(connection).has_table("chain_seal") and last_seal(connection) is not None
        connection.rollback()
    if has_begun:
        raise ValueError(f"the chain of this database has a key: copy it to {path} from the node that has it")
    return make(path)
