"""How dictionary items and warehouses are kept. Manual 10.6, 11.1; spec.md §2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Refused
from app.core.flow.over_rows import OnlyOne
from app.core.record.entry import Entry
from app.models.system.setting import DICTIONARIES, DictionaryItem
from app.security.settings import COMPANY, declare_setting

for _key, _label, _default in (
    ("company_name", _l("Company name"), "掌柜五金工具有限公司"),
    ("company_address", _l("Company address"), ""),
    ("company_phone", _l("Company phone"), ""),
    ("company_tax_number", _l("Company tax number"), ""),
    ("company_bank_name", _l("Company bank"), ""),
    ("company_bank_account", _l("Company bank account"), ""),
):
    declare_setting(_key, _label, _default, group=COMPANY)


DEFAULT = OnlyOne(DictionaryItem, "is_default", "dictionary")


class DictionaryItemEntry(Entry):
    """Values are added, renamed, ordered and retired; a retired one stays on old records. spec.md §2."""

    model = DictionaryItem
    writable = ("dictionary", "label", "position", "state", "is_default", "is_divisible")
    create_only = ("dictionary",)

    def prepare(
        self, session: Session, row: DictionaryItem, values: Mapping[str, Any], actor: Actor, *, new: bool
    ) -> None:
        if row.dictionary not in DICTIONARIES:
            raise Refused("invalid", _("There is no such dictionary."), field="dictionary")
        if new and "position" not in values:
            last = sa.select(sa.func.max(DictionaryItem.position)).where(DictionaryItem.dictionary == row.dictionary)
            row.position = (session.execute(last).scalar() or 0) + 1

    def deleting(self, session: Session, row: DictionaryItem, actor: Actor) -> None:
        if row.code:
            raise Refused("in_use", _("Rules use this value, so it can be renamed but not deleted."))
