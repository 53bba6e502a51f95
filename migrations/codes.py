"""For migrations: the codes that an enum column may hold, changed on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op


def change_codes(
    table: str, column: str, constraint: str, codes: Sequence[str], renamed: Mapping[str, str] | None = None
) -> None:
    """Let the column hold these codes from now on.

    constraint  the name in the column's type: `choice_type(StockKind, "kind")` → "kind"
    codes       every code of the enum as it is now
    renamed     old code → new code, for the rows that hold an old one; a ledger refuses it, for its rows never change
    errors      IntegrityError when a row holds a code that is not among `codes`
    """
    name = f"ck_{table}_{constraint}"
    listed = ", ".join(f"'{code}'" for code in codes)
    triggers = _triggers(table)
    # SQLite cannot alter a constraint, so Alembic copies the rows into a new table there, and the triggers are lost.
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
    for trigger in triggers:
        op.execute(trigger)
    rows = sa.table(table, sa.column(column, sa.String))
    for old, new in (renamed or {}).items():
        op.execute(sa.update(rows).where(rows.c[column] == old).values({column: new}))
    with op.batch_alter_table(table) as batch:
        batch.create_check_constraint(op.f(name), sa.text(f"{column} IN ({listed})"))


def _triggers(table: str) -> list[str]:
    """What makes the triggers of a table on SQLite."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return []
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    return list(connection.execute(query, {"table": table}).scalars())
