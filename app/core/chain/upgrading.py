"""An upgrade may change rows that were sealed: what was whole before is sealed anew, as the upgrade left it.

A chain that was broken before stays so: an upgrade hides nothing.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from app.core.chain.checking import ChainCheck
from app.core.chain.key import has_key
from app.core.chain.row_texts import columns_of
from app.core.chain.sealing import next_seal, seal_anew
from app.core.chain.seals import Seal, has_chain, insert_seal, last_seal, seals_from


def is_whole_before(connection: Connection) -> bool:
    """Return whether there is a chain without a fault; what was not sealed yet is sealed now."""
    if not has_chain(connection) or not has_key():
        return False
    last = last_seal(connection)
    if last is None or next(ChainCheck().mismatches(connection), None) is not None:
        return False
    while (made := next_seal(connection, last)) is not None:
        insert_seal(connection, made)
        last = made
    return True


def seal_after(connection: Connection, revision: str, *, was_whole: bool) -> Seal | None:
    """Seal what there is when nothing was sealed before, or when the upgrade has changed sealed rows or their columns.

    returns  the last seal that was made; None when none was needed
    """
    if not has_chain(connection) or not has_key():
        return None
    last = last_seal(connection)
    if last is None:
        return seal_anew(connection, f"rows of before the chain, schema {revision}")
    if was_whole and (
        _has_other_columns(connection, last.generation) or next(ChainCheck().mismatches(connection), None) is not None
    ):
        return seal_anew(connection, f"upgrade to schema {revision}")
    return None


def _has_other_columns(connection: Connection, generation: int) -> bool:
    """Return whether a table has columns that seals of the generation do not cover, or lacks some that they do."""
    covered = {
        (table, tuple(part["columns"]))
        for seal in seals_from(connection, 1)
        if seal.generation == generation
        for table, part in seal.parts.items()
    }
    return any(tuple(sorted(columns_of(connection, table))) != names for table, names in covered)
