"""期初库存导入 Opening stock of one warehouse, from the template that lists every product. Manual 11.1, 11.2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Refused, invalid
from app.core.flow.workflow import WORKFLOWS
from app.core.jobs.jobs import JobProgress
from app.core.record.audit import record_act
from app.core.sheets.columns import Draft, SheetColumn
from app.core.sheets.workbook import cell_text, column_letters
from app.imports.engine.importer import Importer, Made
from app.imports.products.product import number_of
from app.models.products.product import Product
from app.models.stock.stock import StockInit, Warehouse
from app.models.system.import_batch import ImportBatch, ImportBatchRow
from app.models.system.setting import DictionaryItem
from app.security.policies.stock import kept_warehouses
from app.security.policy import visible
from app.workflows.document.quantities import is_countable
from app.workflows.stock.stock import post_opening_stock, require_may_open


class OpeningStockImport(Importer):
    """Only 数量 may differ from the template: every other cell is held against the product it names."""

    kind = "opening_stock"
    label = _l("Opening stock")
    model = StockInit
    sheet_name = "库存"
    usual_login = "keeper"
    chosen_model = Warehouse
    exact = True
    in_one_piece = True
    advice = _l(
        "Fill in 数量 only; nothing else may be changed. It replaces an earlier opening stock of the warehouse."
    )
    columns = (
        SheetColumn("产品编号", "number", note=_l("Not to be changed")),
        SheetColumn("品名", "name", note=_l("Not to be changed"), width=24),
        SheetColumn("型号", "model", note=_l("Not to be changed"), width=18),
        SheetColumn(
            "数量", "quantity", number_of(3), _l("In the product's unit; empty means none"), is_number=True, width=12
        ),
    )

    @classmethod
    def offered(cls, session: Session, actor: Actor) -> Sequence[Warehouse]:
        """The warehouses in use that this person keeps."""
        query = visible(sa.select(Warehouse), Warehouse, actor).where(Warehouse.id.in_(kept_warehouses(actor)))
        return list(session.scalars(query.where(Warehouse.is_active).order_by(Warehouse.id)))

    @classmethod
    def options_named(cls, session: Session, warehouse: str | None) -> dict[str, Any]:
        """The warehouse, by its code or name.

        errors  Refused "unknown_warehouse"
        """
        if warehouse is None:
            return {}
        known = sa.select(Warehouse.id).where(sa.or_(Warehouse.code == warehouse, Warehouse.name == warehouse))
        key = session.scalars(known.order_by(Warehouse.code != warehouse)).first()
        if key is None:
            text = _("There is no warehouse “%(code)s”.", code=warehouse)
            raise Refused("unknown_warehouse", text, field="warehouse")
        return {"warehouse": key}

    @property
    def warehouse(self) -> Warehouse:
        """errors  Refused "invalid" when none was chosen"""
        found: Warehouse | None = self.chosen(self.session, self.options)
        if found is None:
            raise invalid("warehouse", _("Please choose the warehouse."))
        return found

    def require_right(self) -> None:
        """errors  NotAllowed unless the actor keeps the warehouse; Refused "warehouse_in_use" once goods have moved"""
        super().require_right()
        require_may_open(self.session, self.warehouse, self.actor)

    def prepare(self) -> None:
        self._quantities: dict[int, Decimal] = {}

    def check(self, drafts: list[Draft]) -> None:
        numbers = {draft.values["number"] for draft in drafts if draft.values.get("number")}
        columns = (
            Product.id, Product.number, Product.name, Product.model, Product.counts_stock,
            DictionaryItem.label.label("unit"), DictionaryItem.is_divisible,
        )  # fmt: skip
        query = sa.select(*columns).join(DictionaryItem, DictionaryItem.id == Product.unit_id)
        query = query.where(Product.number.in_(numbers))
        products = {product.number: product for product in self.session.execute(query)}
        seen = set(self.seen)
        for draft in drafts:
            product = products.get(draft.values.get("number") or "")
            if product is None:
                text = _("There is no product “%(number)s”.", number=draft.values.get("number") or "")
                draft.blame(self.heading_of("number"), "unknown_product", text)
                continue
            self._check_product(draft, product, seen)

    def _check_product(self, draft: Draft, product: Any, seen: set[int]) -> None:
        draft.values["product_id"] = product.id
        for place, column in enumerate(self.columns[1:3], 1):
            given, expected = draft.values.get(column.field) or "", cell_text(getattr(product, column.field))
            if given != expected:
                text = _(
                    "Cell %(cell)s was changed: it says “%(given)s”, the product says “%(expected)s”.",
                    cell=f"{column_letters(place)}{draft.number}", given=given[:60], expected=expected[:60],
                )  # fmt: skip
                draft.blame(column.heading, "changed_cell", text)
        if product.id in seen:
            text = _("Product number “%(number)s” stands there twice.", number=product.number)
            draft.blame(self.heading_of("number"), "duplicate_number", text)
        if draft.values.get("quantity") and not product.counts_stock:
            text = _("The stock of “%(product)s” is not counted.", product=f"{product.name} {product.model}".strip())
            draft.blame(self.heading_of("quantity"), "not_counted", text)
        quantity = draft.values.get("quantity")
        if quantity and not is_countable(product, quantity):
            text = _("“%(unit)s” does not come in parts.", unit=product.unit)
            draft.blame(self.heading_of("quantity"), "whole_unit", text)
        if not draft.faults:
            seen.add(product.id)

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        self.seen.update(draft.values["product_id"] for draft in drafts)

    def write(self, drafts: list[Draft]) -> list[Made]:
        """Remembers the quantities: they become one document, in `finish`."""
        for draft in drafts:
            self._quantities[draft.values["product_id"]] = draft.values.get("quantity") or Decimal(0)
        return []

    def finish(self) -> list[Made]:
        document = post_opening_stock(self.session, self.warehouse, self._quantities, self.actor)
        return [Made(1, "stock_init", document.id)]

    def take_back(self, batch: ImportBatch, pulse: JobProgress) -> int:
        """The document is reversed by its own step, which refuses once other goods have moved. Manual 11.2."""
        made = sa.select(ImportBatchRow.record_id).where(ImportBatchRow.batch_id == batch.id)
        documents = list(self.session.scalars(sa.select(StockInit).where(StockInit.id.in_(made))))
        for document in documents:
            WORKFLOWS[StockInit].fire(self.session, document, "reverse", self.actor)
        record_act(self.session, batch, "revert", self.actor, note=str(len(documents)))
        return len(documents)

    def template_rows(self) -> Iterable[Sequence[Any]]:
        """Every product that counts stock, discontinued ones included, with what the warehouse holds left open."""
        query = sa.select(Product.number, Product.name, Product.model).where(Product.counts_stock)
        for row in self.session.execute(query.order_by(Product.number).execution_options(yield_per=1000)):
            yield (*row, None)
