"""单据 Documents are made of these parts: number, lines, prices, approval, confirmation, and their parent.

A document is a class of the mixins it needs, and its lines are a class of the same name with `Line` behind it:

    class PurchaseOrder(Approved, Priced, Owned, Searched, Document, Model): ...
    class PurchaseOrderLine(PricedLine, Model): received = progress()
    class GoodsReceipt(Confirmed, Derived, Document, Model): __source__ = "PurchaseOrder"
    class GoodsReceiptLine(DerivedLine, Model): ...

What follows from the names (tables, keys, relations) is added while the class is made. The `info` of a column says
`computed` when steps and entries write it, never people, and `stays_open` when it may change after the document is
frozen.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.cache.per_process import cached_per_process
from app.core.db.base import KEPT_BY_SYSTEM, Record, Row, link_to, model_name
from app.core.db.limits import at_least, more_than
from app.core.db.types import ZERO, Fixed, UtcDateTime, choice_type
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes, label_fields
from app.core.record.freeze import Frozen
from app.core.record.naming import singular
from app.core.record.tones import tone_codes
from app.core.record.virtual import virtual_number
from app.models.system.user import AppUser

STAYS_OPEN = {"stays_open": True}  # people may still mend it after approval or confirmation
COMPUTED = {"computed": True}
BY_STEPS = {**COMPUTED, **STAYS_OPEN}
WITH_LINES = {"with_lines": True}  # a field of the head that stands among its lines on forms and pages
EMPTY_AT_ZERO = {"empty_at_zero": True}  # on paper the column says nothing where all its values are 0


class ApprovalState(enum.StrEnum):
    draft = enum.auto()  # 待申请
    pending = enum.auto()  # 待审
    approved = enum.auto()  # 同意
    rejected = enum.auto()  # 否决


class ConfirmState(enum.StrEnum):
    draft = enum.auto()  # 待确认
    confirmed = enum.auto()  # 已确认
    cancelled = enum.auto()  # 已取消


class Prices(enum.StrEnum):
    gross = enum.auto()  # 含税单价
    net = enum.auto()  # 不含税单价


def progress() -> Any:
    """Return the column of what children have done of a line, in the product's unit; only their steps write it.

    As long as nothing is done, its cells stay empty on paper, where they may be filled in by hand.
    """
    told = {**BY_STEPS, "progress": True, **EMPTY_AT_ZERO}
    return mapped_column(Fixed(3), default=ZERO, nullable=False, info=told)


def computed(kind: Any, default: Any, *, shown: bool = False, **options: Any) -> Any:
    """Return a column that steps and entries write, never people; it may change after the document is frozen.

    default  what it begins with; None where nothing is known of it yet
    shown  of a line: the grid, the page and the paper show it beside what people write
    """
    info = {**BY_STEPS, "shown": shown}
    return mapped_column(kind, default=default, nullable=default is None, info=info, **options)


def snake(name: str) -> str:
    """Return the snake-case form of a class's name: GoodsIssue → goods_issue."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def last_word(name: str) -> str:
    """Return the last word of a class's name, by which its lines call it: GoodsIssue → issue."""
    return snake(name).rpartition("_")[2]


class Document(Record):
    """A numbered record with lines.

    __number_prefix__  begins its numbers
    __frozen_states__  the states in which it and its lines may not change, apart from columns that stay open
    __direction__      "sell", "buy", "move" or "count": what is asked of the products its lines name
    __may_be_empty__   it may be saved without lines, because a step or a later change fills it
    """

    __tablename__: str
    __display_columns__ = ("number",)
    __number_prefix__: ClassVar[str]
    __frozen_states__: ClassVar[frozenset[str]] = frozenset()
    __direction__: ClassVar[str] = "sell"
    __may_be_empty__: ClassVar[bool] = False

    number: Mapped[str] = mapped_column(sa.String(30), unique=True, sort_order=-9, info=dict(KEPT_BY_SYSTEM))
    remark: Mapped[str | None] = mapped_column(sa.Text, sort_order=80, info=STAYS_OPEN)

    def __init_subclass__(cls, **options: Any) -> None:
        if Model in cls.__mro__ and "__tablename__" not in cls.__dict__:
            cls.__tablename__ = snake(cls.__name__)
        super().__init_subclass__(**options)

    @declared_attr
    def lines(cls) -> Mapped[list[Any]]:
        name = cast(type, cls).__name__
        line = f"{name}Line"
        return relationship(
            line, back_populates=last_word(name), cascade="all, delete-orphan",
            order_by=lambda: _in_order(_named(line)),
        )  # fmt: skip


class Approved:
    """A document that one person agrees to before it counts. Manual 8.7.

    Who may decide stands in its workflow: `approval(…)` of workflows/document/approval.py.
    """

    # Pending is frozen too: the approver must decide on what was submitted.
    __frozen_states__: ClassVar[frozenset[str]] = frozenset({"approved", "pending"})

    state: Mapped[ApprovalState] = state_column(ApprovalState, ApprovalState.draft)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime(), info=BY_STEPS)
    submitted_by_id: Mapped[int | None] = link_to("ab_user.id", optional=True, info=BY_STEPS)
    approved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime(), info=BY_STEPS)
    approved_by_id: Mapped[int | None] = link_to("ab_user.id", optional=True, info=BY_STEPS)
    rejection_reason: Mapped[str | None] = mapped_column(sa.Text, info=BY_STEPS)

    @declared_attr
    def submitted_by(cls) -> Mapped[AppUser | None]:
        return relationship(AppUser, foreign_keys=[cls.submitted_by_id])  # type: ignore[list-item]  # mapped by then

    @declared_attr
    def approved_by(cls) -> Mapped[AppUser | None]:
        return relationship(AppUser, foreign_keys=[cls.approved_by_id])  # type: ignore[list-item]  # mapped by then


class Priced:
    """A document whose lines have prices. `total` and the tax in it are yuan, tax included. spec.md §0.

    `prices` says whether the prices that people write include tax. `rebate` is taken off the whole and spread over the
    lines, yuan, tax included; `total` is what remains.

    `lowest_discount` is that of the line sold furthest below its list price, 1 where none is; nothing without a list
    price. It is stored because the database cannot divide exact columns.

    __prices_paid__  (party, day): the fields of the document which say who paid its prices, or was paid them, and on
                     which day. Only approved documents count. Manual 8.5
    """

    __prices_paid__: ClassVar[tuple[str, str] | None] = None

    prices: Mapped[Prices] = mapped_column(
        choice_type(Prices, "prices"), default=Prices.gross, sort_order=70, info=WITH_LINES
    )
    rebate: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, info={**WITH_LINES, **at_least(0)}, sort_order=71)
    total: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, info={**COMPUTED, **at_least(0)})
    tax_total: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, info=COMPUTED)
    lowest_discount: Mapped[Decimal | None] = mapped_column(Fixed(4), info={**COMPUTED, "unit": "percent"})


class Confirmed:
    """A document of goods that takes effect when the keeper confirms it. Manual 11.2b, 11.3."""

    __frozen_states__: ClassVar[frozenset[str]] = frozenset({"confirmed", "cancelled"})

    state: Mapped[ConfirmState] = state_column(ConfirmState, ConfirmState.draft)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime(), info=BY_STEPS)
    confirmed_by_id: Mapped[int | None] = link_to("ab_user.id", optional=True, info=BY_STEPS)

    @declared_attr
    def confirmed_by(cls) -> Mapped[AppUser | None]:
        return relationship(AppUser, foreign_keys=[cls.confirmed_by_id])  # type: ignore[list-item]  # mapped by then


class Derived:
    """A child document, made by a step of its parent from what is left of the parent's lines.

    __source__       class of the parent; `__source_field__` is the relation to it, the parent's name when left out
    """

    __source__: ClassVar[str]
    __source_field__: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        if Model in cls.__mro__:
            cls.__source_field__ = cls.__source_field__ or snake(cls.__source__)
            _link(cls, cls.__source_field__, cls.__source__)
        super().__init_subclass__(**options)


class LineOf(Row):
    """A line that belongs to the document of the same name and calls it by that name's last word.

    __counted__  the field that says how much of its product the line is about; "" where no field does. A line that
                 names no field of its own gets a `quantity`, which says its least value as `__least__` does
    """

    __tablename__: str
    __audited__ = True
    __counted__: ClassVar[str] = "quantity"
    __least__: ClassVar[Mapping[str, Any]] = more_than(0)

    product_id: Mapped[int] = link_to("product.id")
    if TYPE_CHECKING:
        quantity: Mapped[Decimal]

    def __init_subclass__(cls, **options: Any) -> None:
        if Model in cls.__mro__:
            document = cls.__name__.removesuffix("Line")
            cls.__tablename__ = cls.__dict__.get("__tablename__", f"{snake(document)}_line")
            cls.__frozen_with__ = last_word(document)  # type: ignore[attr-defined]  # read by core/record/freeze.py
            _link(cls, last_word(document), document, ondelete="CASCADE", back_populates="lines")
            if cls.__counted__ == "quantity" and not hasattr(cls, "quantity"):
                cls.quantity = mapped_column(Fixed(3), nullable=False, sort_order=1, info=dict(cls.__least__))
        super().__init_subclass__(**options)

    @declared_attr
    def product(cls) -> Mapped[Any]:
        return relationship("Product", lazy="selectin")  # Products are read wherever lines are.


class DocumentLine(LineOf):
    """A line that people write, with its place.

    __takes_discontinued__  the line may name a product that is no longer sold (manual 10.9)
    """

    __takes_discontinued__: ClassVar[bool] = False

    position: Mapped[int] = mapped_column(sort_order=-8)
    remark: Mapped[str | None] = mapped_column(sa.String(200), sort_order=80)


class PricedLine(DocumentLine):
    """A line with a price. `list_price` is that of the day the line was written, yuan, tax included.

    unit_price       as it was agreed, with tax or without, as `prices` of the document says
    rebate           the line's share of the document's rebate, yuan
    amount           what the line costs after the rebate, yuan, tax included; `tax` is what it contains
    effective_price  what one unit costs after the rebate, yuan, tax included. It is stored because the database cannot
                     divide exact columns.
    """

    unit_price: Mapped[Decimal] = mapped_column(
        Fixed(6), info={"unit": "price", **at_least(0, rule="price_not_negative")}, sort_order=2
    )
    list_price: Mapped[Decimal] = mapped_column(Fixed(6), info={**COMPUTED, "unit": "price"}, sort_order=3)
    tax_rate: Mapped[Decimal] = mapped_column(Fixed(4), info={"rates": "tax_rate", "default_row": True}, sort_order=4)
    amount: Mapped[Decimal] = mapped_column(Fixed(2), info=COMPUTED, sort_order=5)
    tax: Mapped[Decimal] = mapped_column(Fixed(2), info=COMPUTED, sort_order=6)
    rebate: Mapped[Decimal] = mapped_column(
        Fixed(2), default=ZERO, info={**COMPUTED, "label": _l("Share of the rebate")}, sort_order=7
    )
    effective_price: Mapped[Decimal] = mapped_column(Fixed(6), info={**COMPUTED, "unit": "price"}, sort_order=8)

    @property
    @virtual_number("percent")
    def discount(self) -> Decimal | None:
        """The effective price ÷ list price, which is shown and never stored."""
        return self.effective_price / self.list_price if self.list_price else None


class DerivedLine(LineOf):
    """A line that takes a quantity of one line of the parent.

    The relation to it is the parent's last word and `_line`.
    """

    __source_line__: ClassVar[str]
    __least__: ClassVar[Mapping[str, Any]] = at_least(0)  # the keeper may take nothing of a line

    def __init_subclass__(cls, **options: Any) -> None:
        if Model in cls.__mro__:
            source = _named(cls.__name__.removesuffix("Line")).__source__
            cls.__source_line__ = f"{last_word(source)}_line"
            _link(cls, cls.__source_line__, f"{source}Line", lazy="selectin")
        super().__init_subclass__(**options)


def _named(name: str) -> Any:
    """Return the mapped class of this name.

    errors  KeyError when a line stands before its document
    """
    return Model.registry._class_registry[name]


def _in_order(line: Any) -> Any:
    """Return the order of lines: as they were written; those of children in the order in which they were made."""
    return line.position if hasattr(line, "position") else line.id


def _link(cls: Any, name: str, target: str, *, ondelete: str | None = None, **options: Any) -> None:
    """Give the class a foreign key and a relation to another class, unless it says them itself."""
    key = f"{name}_id"
    if key not in cls.__dict__:
        setattr(cls, key, link_to(f"{snake(target)}.id", ondelete=ondelete))
    if name not in cls.__dict__:
        setattr(cls, name, relationship(target, foreign_keys=[getattr(cls, key)], **options))


@event.listens_for(Document, "instrument_class", propagate=True)
@event.listens_for(LineOf, "instrument_class", propagate=True)
def _complete(mapper: Mapper[Any], model: Any) -> None:
    """Read from the class, once it is mapped, which columns stay open.

    errors  TypeError when `__counted__` names no column of quantities
    """
    if issubclass(model, Document):
        model.__frozen__ = Frozen(model.__frozen_states__, _open_columns(mapper))
    else:
        model.__frozen_open__ = _open_columns(mapper)
    counted = getattr(model, "__counted__", "")
    column = mapper.local_table.c.get(counted) if counted else None
    if counted and (column is None or getattr(column.type, "scale", None) != 3):
        raise TypeError(f"{model.__name__} has no column “{counted}” of Fixed(3), which its __counted__ names")


def _open_columns(mapper: Mapper[Any]) -> frozenset[str]:
    return frozenset(column.key for column in mapper.local_table.c if column.info.get("stays_open"))


def parent_field(child: Any) -> str:
    """Return the relation of a derived document to its parent."""
    return str(child.__source_field__)


def source_line_field(line: Any) -> str:
    """Return the relation of a derived document's line to the line it takes from."""
    return str(line.__source_line__)


def counted_of(line: Any) -> Decimal:
    """Return how much of its product a line is about, in the product's unit; 0 where that is not known yet."""
    value: Decimal | None = getattr(line, line.__counted__) if line.__counted__ else None
    return ZERO if value is None else value


def counted_column(line: Any) -> Any:
    """Return the column of a line class that says how much. errors  TypeError where its lines say none"""
    if not line.__counted__:
        raise TypeError(f"{line.__name__} counts nothing: give it a `__counted__` field")
    return getattr(line, line.__counted__)


def line_model(document: Any) -> Any:
    """Return the class of a document's lines."""
    return sa.inspect(document).relationships["lines"].mapper.class_


@cached_per_process()
def approved_documents() -> type[enum.StrEnum]:
    """Return the names of the models that are approved, as an enumeration; to be asked when every model is mapped."""
    models = [mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, Approved)]
    labels = {model_name(model): singular(model) for model in sorted(models, key=model_name)}
    names: Any = enum.StrEnum("ApprovedDocument", [*labels])  # type: ignore[misc]  # its members are known by now only
    label_codes(names, **labels)
    return cast(type[enum.StrEnum], names)


label_codes(
    ApprovalState, draft=_l("To submit"), pending=_l("Pending"), approved=_l("Approved"), rejected=_l("Rejected")
)
label_codes(Prices, gross=_l("Unit price incl. tax"), net=_l("Unit price excl. tax"))
label_codes(ConfirmState, draft=_l("To confirm"), confirmed=_l("Confirmed"), cancelled=_l("Cancelled"))
tone_codes(ConfirmState, draft="wait", confirmed="ok")
label_fields(
    None,
    subject=_l("Subject"), total=_l("Total"), tax_total=_l("Tax included"),
    lowest_discount=_l("Lowest discount"), submitted_at=_l("Submitted at"),
    submitted_by=_l("Submitted by"), approved_at=_l("Approved at"), approved_by=_l("Approved by"),
    rejection_reason=_l("Reason of rejection"), confirmed_at=_l("Confirmed at"), confirmed_by=_l("Confirmed by"),
    position=_l("No."), unit_price=_l("Unit price incl. tax"), list_price=_l("List price"), tax_rate=_l("Tax rate"),
    tax=_l("Tax"), discount=_l("Discount"), order_line=_l("Order line"), prices=_l("Kind of prices"),
    rebate=_l("Rebate"), effective_price=_l("Effective price incl. tax"),
)  # fmt: skip
