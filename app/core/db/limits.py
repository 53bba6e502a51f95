"""The least value of a number is said once, beside its column; forms, grids, REST, imports and the database follow it.

counted: Mapped[Decimal | None] = mapped_column(Fixed(3), info=at_least(0))
quantity: Mapped[Decimal] = mapped_column(Fixed(3), info=more_than(0))
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from app.core.db.base import Row
from app.core.errors import explain_constraint
from app.core.money import plain
from app.core.record.labels import label_of


def at_least(lowest: int | Decimal, *, rule: str = "") -> dict[str, Any]:
    """Return the `info` of a number column whose values are not below this one.

    rule  the name of the CHECK in the database, where it is not <column>_not_negative
    """
    return {"lowest": Decimal(lowest), "rule": rule}


def more_than(bound: int | Decimal, *, rule: str = "") -> dict[str, Any]:
    """Return the `info` of a number column whose values are above this one.

    rule  the name of the CHECK in the database, where it is not <column>_positive
    """
    return {"lowest": Decimal(bound), "is_above": True, "rule": rule}


def limit_text(field: Any, lowest: Decimal, is_above: bool) -> str:
    """Return the refusal of a value below the least one, with the name of its field."""
    if is_above:
        return str(_("“%(field)s” must be more than %(lowest)s.", field=field, lowest=plain(lowest)))
    return str(_("“%(field)s” must be at least %(lowest)s.", field=field, lowest=plain(lowest)))


@event.listens_for(Row, "instrument_class", propagate=True)
def _check_in_the_database(mapper: Mapper[Any], model: type[Any]) -> None:
    """Add a CHECK for every column with a least value; its refusal names the field."""
    for column in mapper.local_table.c:
        if "lowest" in column.info:
            _add_check(model, column, **column.info)


def _add_check(
    model: Any, column: Any, *, lowest: Decimal, rule: str = "", is_above: bool = False, **_other: Any
) -> None:
    rule = rule or f"{column.name}_{'positive' if is_above else 'not_negative'}"
    if any(isinstance(known, sa.CheckConstraint) and known.name == rule for known in column.table.constraints):
        return
    units = int(lowest.scaleb(getattr(column.type, "scale", None) or 0))  # an exact column holds whole units
    condition = f"{column.name} {'>' if is_above else '>='} {units}"
    column.table.append_constraint(sa.CheckConstraint(condition, name=rule))
    explain_constraint(
        f"ck_{model.__tablename__}_{rule}", "invalid",
        LazyString(lambda: limit_text(label_of(model, column.key), lowest, is_above)), column.key,
    )  # fmt: skip
