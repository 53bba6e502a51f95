"""维保合同 A model as CONTRIBUTING.md tells to add one; its policy and its view stand beside it."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, Searched, link_to
from app.core.db.types import Line, LongText, Money, ShortText, choice_type
from app.core.record.fields import label_codes
from app.models.customers.customer import Customer
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import Owned

Cycle = enum.StrEnum("Cycle", ["monthly", "yearly"])
label_codes(Cycle, monthly="按月", yearly="按年")


class Maintenance(Owned, Searched, Record, Model):
    """A promise to look after a customer's machines; yuan, tax included."""

    __tablename__ = "maintenance"
    __singular__ = "维保合同"

    number: Mapped[ShortText] = mapped_column(unique=True, info={"label": "合同编号"})
    subject: Mapped[Line] = mapped_column(info={"label": "维保主题"})
    customer_id: Mapped[int] = link_to("customer.id")
    fee: Mapped[Money] = mapped_column(info={"label": "年费"})
    visits: Mapped[int] = mapped_column(default=4, info={"label": "每年次数"})
    begins_on: Mapped[dt.date] = mapped_column(info={"label": "生效日期"})
    cycle: Mapped[Cycle] = mapped_column(choice_type(Cycle, "cycle"), info={"label": "付款周期"})
    urgency_id: Mapped[int | None] = dictionary_link("urgency", info={"label": "紧急程度"})
    is_renewed: Mapped[bool] = mapped_column(default=False, info={"label": "自动续约"})
    terms: Mapped[LongText | None] = mapped_column(info={"label": "维保条款"})
    customer: Mapped[Customer] = relationship()
    urgency: Mapped[DictionaryItem | None] = relationship()
