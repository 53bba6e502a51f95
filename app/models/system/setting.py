"""数据字典与设置 Dictionaries and settings: what the administrator may change without a programmer. spec.md §2."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.core.appbuilder import Model
from app.core.db.base import KEPT_BY_SYSTEM, Record
from app.core.db.types import choice_type
from app.core.errors import explain_constraint
from app.core.record.fields import label_codes, label_fields


class ItemState(enum.StrEnum):
    enabled = enum.auto()
    retired = enum.auto()  # stays readable on old records, cannot be chosen any more


class DictionaryItem(Record, Model):
    """One value of one list. Items that rules use carry a fixed code; people may rename them.

    is_divisible  of a unit: whether a quantity in it may have decimals
    """

    __tablename__ = "dictionary_item"
    __singular__ = _l("value")
    __plural__ = _l("Dictionaries")
    __table_args__ = (sa.UniqueConstraint("dictionary", "label"),)

    dictionary: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str | None] = mapped_column(sa.String(40))
    label: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[ItemState] = mapped_column(choice_type(ItemState, "state"), default=ItemState.enabled)
    is_default: Mapped[bool] = mapped_column(default=False)
    is_divisible: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class Setting(Record, Model):
    """A changed setting; what is not here has the default of `security/settings.py`."""

    __tablename__ = "setting"
    __plural__ = _l("Settings")
    __display_columns__ = ("key",)
    __table_args__ = (sa.UniqueConstraint("key", info=dict(KEPT_BY_SYSTEM)),)

    key: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[Any] = mapped_column(sa.JSON)


class SeededPermission(Model):
    """A default right that was given once; seeding never gives it again, so an administrator's edit holds."""

    __tablename__ = "seeded_permission"

    role: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    permission: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(60), primary_key=True)


@dataclass(frozen=True)
class Dictionary:
    """A list of values that the administrator keeps, as a new firm has it.

    values  in their order, with spaces between; "code=" before one that rules ask for, "*" behind the default
    whole   of a list of units: those of its values in which nothing is counted in parts
    """

    name: str
    label: Any
    values: str
    whole: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether its values are units, of which the administrator says if they come in parts."""
        return bool(self.whole)

    def items(self) -> list[dict[str, Any]]:
        """Its values as columns of dictionary items."""
        found = []
        for position, value in enumerate(self.values.split(), 1):
            code, has_code, marked = value.rpartition("=")
            label = marked.removesuffix("*")
            found.append({
                "dictionary": self.name, "code": code if has_code else None, "label": label, "position": position,
                "is_default": marked.endswith("*"), "is_divisible": label not in self.whole.split(),
            })  # fmt: skip
        return found


DICTIONARIES: dict[str, Dictionary] = {}


def declare_dictionary(name: str, label: Any, values: str, *, whole: str = "") -> None:
    """Make a dictionary known; columns refer to it by `dictionary_link`. The parameters are those of `Dictionary`.

    errors  ValueError when there is one of that name already
    """
    if name in DICTIONARIES:
        raise ValueError(f"the dictionary {name} is declared twice")
    DICTIONARIES[name] = Dictionary(name, label, values, whole)


def dictionary_link(dictionary: str, *, optional: bool = True, info: Mapping[str, Any] | None = None) -> Any:
    """A column that holds an item of one dictionary."""
    told = {"dictionary": dictionary, **(info or {})}
    return mapped_column(sa.ForeignKey("dictionary_item.id"), nullable=optional, index=True, info=told)


explain_constraint(
    "uq_dictionary_item_dictionary_label", "duplicate_label", _l("This list already has an item of that name."), "label"
)
label_codes(ItemState, enabled=_l("Enabled"), retired=_l("Retired"))
label_fields(
    DictionaryItem,
    dictionary=_l("Dictionary"), code=_l("Fixed code"), label=_l("Value"), position=_l("Position"),
    state=_l("Use"), is_default=_l("Default value"), is_divisible=_l("Comes in parts"),
)  # fmt: skip
