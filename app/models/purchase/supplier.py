"""供应商 Supplier: whom goods are bought from. Manual 12.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, Searched
from app.core.db.types import Line, LongText, ShortText
from app.core.record.fields import label_fields
from app.core.search.normal_forms import normal_form_of
from app.models.system.setting import DictionaryItem, dictionary_link


class Supplier(Searched, Record, Model):
    """Discontinued: nothing more is bought there; its documents stay."""

    __tablename__ = "supplier"
    __singular__, __plural__ = _l("supplier"), _l("Suppliers")

    name: Mapped[Line] = mapped_column(unique=True)
    name_key: Mapped[Line] = mapped_column(server_default="", index=True, info=normal_form_of("name"))
    number: Mapped[ShortText | None] = mapped_column(unique=True)
    contact: Mapped[ShortText | None]
    mobile: Mapped[ShortText | None]
    address: Mapped[Line | None]
    tax_id: Mapped[ShortText | None]
    bank: Mapped[Line | None]
    account: Mapped[ShortText | None]
    settlement_id: Mapped[int | None] = dictionary_link("settlement")
    discontinued: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[LongText | None]

    settlement: Mapped[DictionaryItem | None] = relationship()


label_fields(
    Supplier,
    name=_l("Supplier name"), number=_l("Supplier number"), contact=_l("Contact person"), address=_l("Address"),
    tax_id=_l("Tax number"), bank=_l("Bank"), account=_l("Bank account"), settlement=_l("Settlement"),
    discontinued=_l("No longer used"),
)  # fmt: skip
