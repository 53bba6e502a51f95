"""设置 Settings are typed and have defaults; only what was changed is stored. spec.md §2; manual 6.7, 10.11."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.locks import lock
from app.core.errors import Refused
from app.core.kinds.numerals import exact
from app.models.system.setting import Setting

COMPANY = _l("Our company, as printed")
RULES = _l("Rules")
SWITCHES = _l("Features")
GROUPS = (COMPANY, RULES, SWITCHES)  # as they stand on the page


@dataclass(frozen=True)
class Definition:
    """A setting. Its kind is text, integer or flag."""

    label: Any
    default: Any
    kind: str = "text"
    group: Any = RULES
    lowest: int = 0
    highest: int = 1_000_000


SETTINGS: dict[str, Definition] = {}


def declare_setting(key: str, label: Any, default: Any, **told: Any) -> None:
    """Make a setting known, beside the rule that asks it; `told` are further fields of its definition.

    errors  ValueError when there is one of that key already
    """
    if key in SETTINGS:
        raise ValueError(f"the setting {key} is declared twice")
    SETTINGS[key] = Definition(label, default, **told)


def setting(session: Session, key: str) -> Any:
    """Return the value of a setting: the stored one, else the default."""
    definition = SETTINGS[key]
    query = sa.select(Setting.value).where(Setting.key == key)
    stored = cached_per_transaction(session, ("setting", key), lambda: session.execute(query).scalar_one_or_none())
    return definition.default if stored is None else stored


def all_settings(session: Session) -> dict[str, Any]:
    stored = {key: value for key, value in session.execute(sa.select(Setting.key, Setting.value))}
    return {key: stored.get(key, definition.default) for key, definition in SETTINGS.items()}


def checked_value(key: str, value: Any) -> Any:
    """Return the value as its kind wants it.

    errors  Refused "invalid" naming the setting
    """
    definition = SETTINGS.get(key)
    if definition is None:
        raise Refused("invalid", _("There is no such setting."), field=key)
    if definition.kind == "flag":
        return value in (True, "true", "1", "on", "y")
    if definition.kind == "integer":
        number = Decimal("NaN")
        with suppress(ValidationError):
            number = exact(value, 0)
        if number.is_nan() or not definition.lowest <= number <= definition.highest:
            message = _(
                "“%(name)s” must be a whole number from %(low)s to %(high)s.",
                name=str(definition.label), low=definition.lowest, high=definition.highest,
            )  # fmt: skip
            raise Refused("invalid", message, field=key)
        return int(number)
    return str(value).strip()[:200]


def set_setting(session: Session, key: str, value: Any) -> None:
    """Store a value; the audit keeps what it was before."""
    checked = checked_value(key, value)
    lock(session, lambda: {("setting", key)})
    row = session.scalars(sa.select(Setting).where(Setting.key == key)).first()
    if row is None:
        session.add(Setting(key=key, value=checked))
    elif row.value != checked:
        row.value = checked
    session.flush()
