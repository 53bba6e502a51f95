"""What the large firm sells and where it lies: warehouses, the tree, products, opening stock. By people's own steps."""

from __future__ import annotations

import math
import random
from array import array
from decimal import Decimal
from itertools import cycle, product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.bulk import create_many
from app.core.money import CENT
from app.core.record.audit import act_as
from app.core.record.entry import ENTRIES
from app.demo.bulk.parts.figures import PRICE, QUANTITY, WHOLE
from app.demo.bulk.parts.words import BRANDS, GOODS, GRADES, SIZES
from app.models.products.product import Product, ProductCategory
from app.models.stock.stock import StockBalance, Warehouse
from app.models.system.user import AppUser
from app.security.accounts.people import actor_named
from app.security.dictionaries import item_named, items
from app.workflows.products.product import HAND_TOOLS
from app.workflows.stock.stock import post_opening_stock

# code, name, share of the orders, share of the products on its shelves
PLACES = (("MAIN", "主仓", 0.5, 1.0), ("SHOP", "门店仓", 0.1, 0.25), ("EAST", "华东仓", 0.2, 0.6),
          ("SOUTH", "华南仓", 0.12, 0.5), ("WEST", "西部仓", 0.08, 0.4))  # fmt: skip
FEWEST, MOST = 1_000, 5_000  # products
PER_PRODUCT = 200  # orders
SKEW = 2.0  # how much more often the first products of a shelf are sold than the last
QUANTITIES = (1, 2, 2, 5, 6, 10, 10, 12, 20, 24, 40)
LINES = 5
SPARE = 1.2  # more than will be wanted


def build_catalogue(session: Session, orders: int, seed: int) -> None:
    """Warehouses, categories, products and enough opening stock for so many orders."""
    chance = random.Random(seed)  # noqa: S311 - a firm, not a secret
    places = _warehouses(session)
    keys = _products(session, min(max(orders // PER_PRODUCT, FEWEST), MOST), chance)
    keeper = actor_named(session, "keeper")
    act_as(session, keeper)
    wanted = orders * LINES * sum(QUANTITIES) / len(QUANTITIES)
    for place, (_code, _name, share, stocked) in zip(places, PLACES, strict=True):
        shelf = sorted(chance.sample(keys, int(len(keys) * stocked)))
        quantities = {
            key: Decimal(math.ceil(wanted * share * part * SPARE) + 50)
            for key, part in zip(shelf, _shares(len(shelf)), strict=True)
        }
        post_opening_stock(session, place, quantities, keeper)


def _shares(count: int) -> list[float]:
    """How much of what is sold each product of a shelf makes up."""
    edges = [(number / count) ** (1 / SKEW) for number in range(count + 1)]
    return [after - before for before, after in zip(edges, edges[1:], strict=False)]


def _warehouses(session: Session) -> list[Warehouse]:
    """Those of the demo firm, and the branches that are missing."""
    present = {place.code: place for place in session.scalars(sa.select(Warehouse))}
    keeper = session.scalars(sa.select(AppUser).where(AppUser.username == "keeper")).one()
    for code, name, _share, _stocked in PLACES:
        if code not in present:
            present[code] = Warehouse(code=code, name=name, keepers=[keeper])
            session.add(present[code])
    session.flush()
    return [present[code] for code, *_rest in PLACES]


def _brands(session: Session) -> list[tuple[int, str, str, str]]:
    """Every brand of the tree as (key, brand, thing, unit), once per thing it makes."""
    actor = actor_named(session, "product")
    act_as(session, actor)
    tree = ENTRIES[ProductCategory]
    query = sa.select(ProductCategory)
    made = {(node.parent_id, node.name): node for node in session.scalars(query)}

    def branch(parent: Any, name: str) -> Any:
        key = (parent.id if parent else None, name)
        if key not in made:
            made[key] = tree.create(session, {"name": name, "parent": parent}, actor)
        return made[key]

    found = []
    for root, subclasses in GOODS.items():
        for subclass, (things, units) in subclasses.items():
            above = branch(branch(None, root), subclass) if root == HAND_TOOLS else branch(None, root)
            for grade, brand in product(GRADES, BRANDS):
                key = branch(branch(above, grade), brand).id
                found += [(key, brand, *made_of) for made_of in zip(things.split(), cycle(units.split()), strict=False)]
    return found


def _products(session: Session, count: int, chance: random.Random) -> list[int]:
    """Products of all brands, best sellers first."""
    kinds = _brands(session)
    chance.shuffle(kinds)
    units = {item.label: item.id for item in items(session, "unit")}
    rows = []
    for number, (category_id, brand, thing, unit) in zip(range(1, count + 1), cycle(kinds), strict=False):
        cost = (Decimal(math.ceil(math.exp(chance.gauss(3.6, 0.9)) * 100)) / 100).quantize(CENT)
        rows.append({
            "number": f"P{number:05d}", "name": f"{brand}{thing}",
            "model": f"{'ABCHKTX'[number % 7]}{1000 + number}-{SIZES[chance.randrange(len(SIZES))]}",
            "category_id": category_id, "unit_id": units.get(unit) or item_named(session, "unit", unit).id,
            "cost_price": cost, "list_price": (cost * chance.randint(118, 190) / 100).quantize(CENT),
            "stock_minimum": Decimal(chance.choice((5, 10, 20))), "stock_maximum": Decimal(1_000_000),
        })  # fmt: skip
    keys = []
    for at in range(0, count, 500):
        keys += create_many(session, Product, rows[at : at + 500], "number", actor_named(session, "product"))
    return keys


class Shelves:
    """Products and their stock as arrays; a balance is one place in them, whatever the warehouse.

    left     what nobody will have issued when all stories are told: an order takes only of that
    """

    def __init__(self, session: Session) -> None:
        self.product_id, self.list_price, self.cost_price = array("q"), array("q"), array("q")
        query = sa.select(Product.id, Product.list_price, Product.cost_price)
        place: dict[int, int] = {}
        for key, list_price, cost_price in session.execute(query.order_by(Product.id)):
            place[key] = len(self.product_id)
            self.product_id.append(key)
            self.list_price.append(int(list_price.scaleb(PRICE)))
            self.cost_price.append(int(cost_price.scaleb(PRICE)))
        self._stocked(session, place)

    def _stocked(self, session: Session, place: dict[int, int]) -> None:
        codes = {code: key for code, key in session.execute(sa.select(Warehouse.code, Warehouse.id))}
        self.warehouse_id = [codes[code] for code, *_rest in PLACES]
        self.shelf = [array("q") for _place in PLACES]  # balances of a warehouse, best sellers first
        self.balance_id, self.product, self.place = array("q"), array("q"), array("q")
        self.on_hand, self.reserved, self.entries, self.left = (array("q") for _name in range(4))
        query = sa.select(StockBalance).order_by(StockBalance.warehouse_id, StockBalance.product_id)
        for row in session.scalars(query):
            where = self.warehouse_id.index(row.warehouse_id)
            self.shelf[where].append(len(self.product))
            self.balance_id.append(row.id)
            self.product.append(place[row.product_id])
            self.place.append(where)
            self.on_hand.append(int(row.on_hand.scaleb(QUANTITY)))
            self.reserved.append(int(row.reserved.scaleb(QUANTITY)))
            self.left.append(int(row.on_hand.scaleb(QUANTITY)))
            self.entries.append(row.entries)

    def pick(self, where: int, chance: random.Random, taken: set[int], pieces: int, *, leaves: bool) -> int:
        """A balance of the warehouse that is not taken yet and has enough left; what leaves is set aside."""
        shelf = self.shelf[where]
        at = int(len(shelf) * chance.random() ** SKEW)
        wanted = pieces * WHOLE
        for step in range(len(shelf)):
            balance = shelf[(at + step) % len(shelf)]
            if balance not in taken and self.left[balance] >= wanted:
                break
        taken.add(balance)
        if leaves:
            self.left[balance] -= wanted
        return balance
