"""Alembic compares no CHECK; here a new migration is given the codes that an enum has gained or lost."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops


class ChangeCodes(ops.MigrateOperation):
    """The codes of a column are others from now on; `change_codes` of migrations/codes.py does it."""

    def __init__(
        self, table: str, column: str, constraint: str, codes: tuple[str, ...], before: tuple[str, ...]
    ) -> None:
        self.table, self.column, self.constraint, self.codes, self.before = table, column, constraint, codes, before

    def reverse(self) -> ChangeCodes:
        """Return what takes it back."""
        return ChangeCodes(self.table, self.column, self.constraint, self.before, self.codes)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what `alembic check` tells of it."""
        return "change_codes", self.table, self.column, self.codes


@renderers.dispatch_for(ChangeCodes)
def _as_code(context: AutogenContext, operation: ChangeCodes) -> str:
    context.imports.add("from migrations.codes import change_codes")
    return f"change_codes({operation.table!r}, {operation.column!r}, {operation.constraint!r}, {operation.codes!r})"


@comparators.dispatch_for("schema")
def _compare_codes(context: AutogenContext, upgrades: ops.UpgradeOps, _schemas: Any) -> None:
    """Compare the CHECK of every column of codes that the database has already with its enum."""
    assert context.inspector is not None
    there = set(context.inspector.get_table_names())
    for table in (table for table in context.sorted_tables if table.name in there):
        checks = {check["name"]: check["sqltext"] for check in context.inspector.get_check_constraints(table.name)}
        for column in table.columns:
            if isinstance(column.type, sa.Enum) and (text := checks.get(f"ck_{table.name}_{column.type.name}")):
                before = tuple(re.findall(r"'(\w+)'", text))
                if set(before) != set(column.type.enums):
                    codes = tuple(column.type.enums)
                    upgrades.ops.append(ChangeCodes(table.name, column.name, str(column.type.name), codes, before))
