"""产品导入 Products from a workbook, with the branches of the tree they hang on. Manual 10.1–10.6."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.db.bulk import create_many
from app.core.db.types import ZERO
from app.core.errors import Refused
from app.core.kinds.number import NumberKind
from app.core.record.entry import ENTRIES
from app.core.sheets.columns import Draft, SheetColumn
from app.core.sheets.workbook import cell_text
from app.core.text import normalised
from app.imports.engine.importer import Importer, Made
from app.models.products.product import Product, ProductCategory
from app.security.dictionaries import items
from app.workflows.products.product import HAND_TOOLS, brand_level_of_root

LEVELS = ("root", "subclass", "grade", "brand")


def number_of(places: int) -> Callable[[Any], Decimal | None]:
    """A parser of numbers from zero up with so many decimals; an empty cell stays empty."""
    kind = NumberKind(places, lowest=ZERO)

    def parse(cell: Any) -> Decimal | None:
        text = cell_text(cell)
        return kind.read_cell(text) if text else None

    return parse


def _given(code: str, message: Any) -> Callable[[Any], str]:
    def parse(cell: Any) -> str:
        text = cell_text(cell)
        if not text:
            raise Refused(code, message)
        return text

    return parse


def unit_names(session: Session) -> Sequence[str]:
    return [item.label for item in items(session, "unit")]


class ProductImport(Importer):
    """Missing branches are made: 大类→小类→等级→品牌 for hand tools, 大类→等级→品牌 for the rest. Manual 10.1, 10.5."""

    kind = "products"
    label = _l("Products")
    model = Product
    sheet_name = "产品"
    usual_login = "product"
    kept_in_use = frozenset({"product_category"})
    advice = _l("Name and model together must be new. Only 手工工具 have a 小类; the unit is one of the dictionary.")
    columns = (
        SheetColumn("产品编号", "number", _given("no_number", _l("Please give the product's number.")), required=True),
        SheetColumn("品名", "name", _given("no_name", _l("Please give the product's name.")), required=True, width=24),
        SheetColumn("型号", "model", width=18),
        SheetColumn("大类", "root", note=_l("First level of the tree"), required=True, length=60),
        SheetColumn("小类", "subclass", note=_l("Only for 手工工具"), length=60),
        SheetColumn("等级", "grade", required=True, length=60, width=12),
        SheetColumn("品牌", "brand", note=_l("The product hangs on it"), required=True, length=60, width=12),
        SheetColumn(
            "单位", "unit", note=_l("One of the dictionary"), required=True, choices=unit_names, length=60, width=8
        ),
        SheetColumn("成本价", "cost_price", number_of(6), _l("Yuan"), is_number=True, width=10),
        SheetColumn("售价", "list_price", number_of(6), _l("Yuan, tax included"), is_number=True, width=10),
        SheetColumn("库存下限", "stock_minimum", number_of(3), is_number=True, width=10),
        SheetColumn("库存上限", "stock_maximum", number_of(3), is_number=True, width=10),
        SheetColumn("技术参数", "technical_text", width=30, length=2000),
    )

    def prepare(self) -> None:
        self._units = {item.label: item.id for item in items(self.session, "unit")}
        category = ProductCategory
        query = sa.select(category.id, category.parent_id, category.name)
        self._categories = {(parent, name): key for key, parent, name in self.session.execute(query)}

    def check(self, drafts: list[Draft]) -> None:
        taken = self.seen | self._on_file(drafts)
        for draft in drafts:
            self._check_place(draft)
            self._check_figures(draft)
            for heading, code, key in self._names(draft):
                if key in taken:
                    draft.blame(heading, code, self._taken_text(draft, code))
            if not draft.faults:
                taken.update(key for _heading, _code, key in self._names(draft))

    def _names(self, draft: Draft) -> list[tuple[str, str, tuple[str, ...]]]:
        """What may exist only once: its heading, the code of the fault, and the thing itself."""
        number, name = draft.values.get("number"), draft.values.get("name")
        found: list[tuple[str, str, tuple[str, ...]]] = []
        if number:
            found.append((self.heading_of("number"), "duplicate_number", (normalised(number),)))
        if name:
            whole = (normalised(name), normalised(draft.values.get("model") or ""))
            found.append((self.heading_of("model"), "duplicate_name", whole))
        return found

    def _on_file(self, drafts: list[Draft]) -> set[tuple[str, ...]]:
        numbers = {normalised(draft.values["number"]) for draft in drafts if draft.values.get("number")}
        names = {normalised(draft.values["name"]) for draft in drafts if draft.values.get("name")}
        query = sa.select(Product.number_key, Product.name_key, Product.model_key)
        found: set[tuple[str, ...]] = set()
        for number, name, model in self.session.execute(
            query.where(sa.or_(Product.number_key.in_(numbers), Product.name_key.in_(names)))
        ):
            found |= {(number,), (name, model)}
        return found

    def _taken_text(self, draft: Draft, code: str) -> Any:
        if code == "duplicate_number":
            return _("Product number “%(number)s” is already taken.", number=draft.values["number"])
        product = f"{draft.values['name']} {draft.values.get('model') or ''}".strip()
        return _("“%(product)s” already exists; name and model must be unique.", product=product)

    def _check_place(self, draft: Draft) -> None:
        values = draft.values
        levels = self._levels(values.get("root") or "")
        for level in LEVELS:
            if level in levels and not values.get(level):
                text = _(
                    "“%(heading)s” is missing: the product needs its place in the tree.", heading=self.heading_of(level)
                )
                draft.blame(self.heading_of(level), "bad_category", text)
            elif level not in levels and values.get(level):
                text = _("Only %(root)s have a %(heading)s.", root=HAND_TOOLS, heading=self.heading_of(level))
                draft.blame(self.heading_of(level), "bad_category", text)
        unit = values.get("unit") or ""
        if unit not in self._units:
            draft.blame(
                self.heading_of("unit"), "unknown_unit", _("“%(unit)s” is not a unit of the dictionary.", unit=unit)
            )

    def _levels(self, root: str) -> tuple[str, ...]:
        return LEVELS if brand_level_of_root(root) == len(LEVELS) else (LEVELS[0], *LEVELS[2:])

    def _check_figures(self, draft: Draft) -> None:
        values = draft.values
        lowest, highest = values.get("stock_minimum"), values.get("stock_maximum")
        if lowest is not None and highest is not None and lowest > highest:
            text = _("The stock minimum is above the maximum.")
            draft.blame(self.heading_of("stock_minimum"), "limits", text)
        if values.get("cost_price") is not None and not self.actor.may("edit", "cost"):
            text = _("You do not have the right to set cost prices.")
            draft.blame(self.heading_of("cost_price"), "not_allowed", text)

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        if not written:
            for draft in drafts:
                self.seen.update(key for _heading, _code, key in self._names(draft))

    def write(self, drafts: list[Draft]) -> list[Made]:
        made: list[Made] = []
        rows = [self._product(draft, self._category(draft, made)) for draft in drafts]
        keys = create_many(self.session, Product, rows, "number", self.actor)
        made += [Made(draft.number, "product", key) for draft, key in zip(drafts, keys, strict=True)]
        return made

    def _category(self, draft: Draft, made: list[Made]) -> int:
        """The brand the product hangs on; branches that are missing are made as by hand."""
        parent_id: int | None = None  # of a root
        for level in self._levels(draft.values["root"]):
            name = draft.values[level]
            if (parent_id, name) not in self._categories:
                parent = self.session.get(ProductCategory, parent_id) if parent_id else None
                branch = ENTRIES[ProductCategory].create(self.session, {"name": name, "parent": parent}, self.actor)
                self._categories[parent_id, name] = branch.id
                made.append(Made(draft.number, "product_category", branch.id))
            parent_id = self._categories[parent_id, name]
        return parent_id or 0

    def _product(self, draft: Draft, category_id: int) -> dict[str, Any]:
        values = draft.values
        return {
            "number": values["number"],
            "name": values["name"],
            "model": values.get("model") or "",
            "category_id": category_id,
            "unit_id": self._units[values["unit"]],
            "technical_text": values.get("technical_text"),
            "cost_price": values.get("cost_price") or ZERO,
            "list_price": values.get("list_price") or ZERO,
            "stock_minimum": values.get("stock_minimum"),
            "stock_maximum": values.get("stock_maximum"),
        }
