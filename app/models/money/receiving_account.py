"""收款账户 Receiving accounts: where money comes in and from which it is given back. Manual 8.14."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.core.appbuilder import Model
from app.core.db.base import Record
from app.core.errors import explain_constraint
from app.core.record.fields import label_fields


class ReceivingAccount(Record, Model):
    """An account of ours at a bank or a payment service, or a cash box."""

    __tablename__ = "receiving_account"
    __singular__ = _l("receiving account")
    __plural__ = _l("Receiving accounts")
    __display_columns__ = ("name",)
    __table_args__ = (sa.UniqueConstraint("name"),)

    name: Mapped[str] = mapped_column(sa.String(60))
    bank: Mapped[str | None] = mapped_column(sa.String(100))
    account: Mapped[str | None] = mapped_column(sa.String(60))
    discontinued: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str | None] = mapped_column(sa.Text)


explain_constraint("uq_receiving_account_name", "duplicate", _l("There is an account of this name already."), "name")
label_fields(
    ReceivingAccount,
    name=_l("Account name"), bank=_l("Bank"), account=_l("Account number"), discontinued=_l("Discontinued"),
)  # fmt: skip
