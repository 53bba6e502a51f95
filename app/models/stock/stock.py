"""库存 Stock: warehouses, what is in them, and every movement. Manual 11.1, 11.2, 11.7, 11.10."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.base import KEPT_BY_SYSTEM, Record, Row, link_to
from app.core.db.types import Fixed, choice_type
from app.core.errors import explain_constraint
from app.core.flow.workflow import state_column
from app.core.ledger.ledger import BalanceRow, LedgerRow
from app.core.record.fields import label_codes, label_fields
from app.core.record.tones import tone_codes
from app.core.record.virtual import virtual_number
from app.models.products.product import Product
from app.models.system.user import AppUser


class Warehouse(Record, Model):
    """A place with goods and the people who keep it."""

    __tablename__ = "warehouse"
    __singular__ = _l("warehouse")
    __plural__ = _l("Warehouses")
    __table_args__ = (sa.UniqueConstraint("code"), sa.UniqueConstraint("name"))

    code: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(60))
    is_main: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    address: Mapped[str | None] = mapped_column(sa.String(200))

    keepers: Mapped[list[AppUser]] = relationship(secondary="warehouse_keeper")


warehouse_keeper = sa.Table(
    "warehouse_keeper",
    Model.metadata,
    sa.Column("warehouse_id", sa.ForeignKey("warehouse.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class StockBalance(BalanceRow, Model):
    """On hand and reserved of one product in one warehouse, in the product's unit; equals the sum of its ledger."""

    __tablename__ = "stock_balance"
    __singular__ = _l("stock")
    __plural__ = _l("Stock")
    __table_args__ = (
        sa.UniqueConstraint("warehouse_id", "product_id", info=dict(KEPT_BY_SYSTEM)),
        sa.CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
    )

    warehouse_id: Mapped[int] = link_to("warehouse.id", index=False)
    product_id: Mapped[int] = link_to("product.id")
    on_hand: Mapped[Decimal] = mapped_column(Fixed(3), default=Decimal(0))
    reserved: Mapped[Decimal] = mapped_column(Fixed(3), default=Decimal(0))

    warehouse: Mapped[Warehouse] = relationship()
    product: Mapped[Product] = relationship()

    @property
    @virtual_number("quantity")
    def available(self) -> Decimal:
        """May be negative: the gap to buy."""
        return self.on_hand - self.reserved


class StockKind(enum.StrEnum):
    opening = enum.auto()  # 库存初始化
    opening_reversed = enum.auto()
    reserve = enum.auto()
    release = enum.auto()
    issue = enum.auto()  # 出库
    issue_reversed = enum.auto()
    receipt = enum.auto()  # 入库
    transfer_out = enum.auto()  # 调出
    transfer_in = enum.auto()  # 调入


class StockLedgerEntry(LedgerRow, Model):
    """库存流水: one change of one product in one warehouse, for good. Manual 11.10."""

    __tablename__ = "stock_ledger_entry"
    __singular__ = _l("movement")
    __plural__ = _l("Stock ledger")
    __table_args__ = (
        sa.UniqueConstraint("warehouse_id", "product_id", "serial", info=dict(KEPT_BY_SYSTEM)),
        sa.Index("ix_stock_ledger_entry_document", "document_model", "document_id"),
    )

    warehouse_id: Mapped[int] = link_to("warehouse.id", index=False)
    product_id: Mapped[int] = link_to("product.id")
    kind: Mapped[StockKind] = mapped_column(choice_type(StockKind, "kind"))
    on_hand_change: Mapped[Decimal] = mapped_column(Fixed(3), default=Decimal(0))
    on_hand_after: Mapped[Decimal] = mapped_column(Fixed(3))
    reserved_change: Mapped[Decimal] = mapped_column(Fixed(3), default=Decimal(0))
    reserved_after: Mapped[Decimal] = mapped_column(Fixed(3))

    warehouse: Mapped[Warehouse] = relationship()
    product: Mapped[Product] = relationship()
    user: Mapped[AppUser | None] = relationship(foreign_keys="StockLedgerEntry.user_id")


class StockInitState(enum.StrEnum):
    posted = enum.auto()
    reversed = enum.auto()


class StockInit(Record, Model):
    """期初库存 Opening stock of one warehouse, set in one go from a workbook. Manual 11.2."""

    __tablename__ = "stock_init"
    __singular__ = _l("opening stock")
    __plural__ = _l("Opening stock")
    __number_prefix__ = "QC"
    __table_args__ = (sa.UniqueConstraint("number", info=dict(KEPT_BY_SYSTEM)),)

    number: Mapped[str] = mapped_column(sa.String(30))
    warehouse_id: Mapped[int] = link_to("warehouse.id")
    state: Mapped[StockInitState] = state_column(StockInitState, StockInitState.posted)
    posted_on: Mapped[dt.date]

    warehouse: Mapped[Warehouse] = relationship()
    lines: Mapped[list[StockInitLine]] = relationship(back_populates="stock_init", cascade="all, delete-orphan")


class StockInitLine(Row, Model):
    """How much of one product the warehouse starts with."""

    __tablename__ = "stock_init_line"
    __table_args__ = (sa.CheckConstraint("quantity >= 0", name="quantity_not_negative"),)
    __frozen_with__ = "stock_init"

    stock_init_id: Mapped[int] = link_to("stock_init.id", ondelete="CASCADE")
    product_id: Mapped[int] = link_to("product.id")
    quantity: Mapped[Decimal] = mapped_column(Fixed(3))

    stock_init: Mapped[StockInit] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()


explain_constraint(
    "ck_stock_balance_on_hand_not_negative", "stock.short", _l("There is not enough on hand for this."), "quantity"
)
explain_constraint("uq_warehouse_code", "duplicate_code", _l("Another warehouse has this code."), "code")
explain_constraint("uq_warehouse_name", "duplicate_name", _l("Another warehouse has this name."), "name")
label_codes(
    StockKind,
    opening=_l("Opening stock"), opening_reversed=_l("Opening stock reversed"), reserve=_l("Reserved"),
    release=_l("Reservation released"), issue=_l("Issued"), issue_reversed=_l("Issue reversed"),
    receipt=_l("Goods came in"), transfer_out=_l("Transferred out"), transfer_in=_l("Transferred in"),
)  # fmt: skip
tone_codes(
    StockKind, opening="ok", opening_reversed="stop", reserve="wait", issue="go", issue_reversed="stop", receipt="ok",
    transfer_out="go", transfer_in="ok",
)  # fmt: skip
label_codes(StockInitState, posted=_l("Posted"), reversed=_l("Reversed"))
label_fields(
    Warehouse,
    code=_l("Warehouse code"), name=_l("Warehouse name"), is_main=_l("Main warehouse"), is_active=_l("In use"),
    address=_l("Address"), keepers=_l("Keepers"),
)  # fmt: skip
label_fields(
    StockLedgerEntry,
    at=_l("Time"), kind=_l("Movement"), on_hand_change=_l("Change"), on_hand_after=_l("On hand after"),
    reserved_change=_l("Reserved change"), reserved_after=_l("Reserved after"), document_number=_l("Document"),
    user=_l("By"),
)  # fmt: skip
label_fields(StockBalance, on_hand=_l("On hand"), reserved=_l("Reserved"), available=_l("Available"))
label_fields(StockInit, number=_l("Opening stock number"), posted_on=_l("Date"))


def in_stock(
    session: Session, warehouse_id: int | None, product_ids: Iterable[int]
) -> dict[int, tuple[Decimal, Decimal]]:
    """Return a mapping: product id → on hand, reserved, in the product's unit; no balance, no entry.

    A page on which several parts ask for the same is answered once.
    """
    keys = tuple(sorted(set(product_ids)))
    balance = StockBalance
    query = sa.select(balance.product_id, balance.on_hand, balance.reserved).where(
        balance.warehouse_id == warehouse_id, balance.product_id.in_(keys)
    )

    def asked() -> dict[int, tuple[Decimal, Decimal]]:
        return {key: (on_hand, reserved) for key, on_hand, reserved in session.execute(query)}

    return cached_per_transaction(session, ("in stock", warehouse_id, keys), asked)
