"""粘贴识别 Which products the rows of a pasted table mean: a number wins or fails, a name must be the whole name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.text import normalised
from app.models.products.product import Product
from app.query.choices import Circumstances, GoodsName, NamedGoods
from app.security.policy import visible

MOST_NAMED = 500
Key = tuple[str, str]


def products_named(
    session: Session, names: Sequence[GoodsName], circumstances: Circumstances, actor: Actor
) -> list[NamedGoods]:
    """What each row means; one query, however many rows. A similar product never takes the place of a named one."""
    asked = [_keys(name) for name in names[:MOST_NAMED]]
    known = _products_by_key(session, {key for keys in asked for key in keys}, actor)
    return [_meant([known[key] for key in keys], circumstances) for keys in asked]


def _keys(name: GoodsName) -> list[Key]:
    """What the row is looked up by, in order. Behind a number nothing is: it wins or fails."""
    number, called, model = normalised(name.number), normalised(name.name), normalised(name.model)
    if number:
        return [("number", number)]
    if name.text.strip():
        text = normalised(name.text)
        return [("number", text), ("whole", text + model), *([] if model else [("name", text)])]
    if called:
        return [("whole", called + model), *([] if model else [("name", called)])]
    return [("model", model)] if model else []


def _products_by_key(session: Session, keys: set[Key], actor: Actor) -> dict[Key, dict[int, bool]]:
    """Key → id of each product that has it → whether that one is discontinued."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for kind, text in keys:
        wanted[kind].append(text)
    columns = {
        "number": Product.number_key, "name": Product.name_key, "model": Product.model_key,
        "whole": Product.name_key + Product.model_key,
    }  # fmt: skip
    conditions = [columns[kind].in_(texts) for kind, texts in wanted.items()]
    facts = (Product.id, Product.number_key, Product.name_key, Product.model_key, Product.discontinued)
    query = visible(sa.select(*facts).where(sa.or_(sa.false(), *conditions)), Product, actor)
    found: dict[Key, dict[int, bool]] = defaultdict(dict)
    for key, number, name, model, discontinued in session.execute(query.limit(MOST_NAMED * 4)) if conditions else ():
        for kind, text in (("number", number), ("name", name), ("model", model), ("whole", name + model)):
            found[(kind, text)][key] = discontinued
    return found


def _meant(found: Sequence[dict[int, bool]], circumstances: Circumstances) -> NamedGoods:
    """The first key that anything has decides; what is sold must not be discontinued. Manual 10.9."""
    products = next((ids for ids in found if ids), {})
    gone = [key for key, discontinued in products.items() if discontinued and circumstances.direction == "sell"]
    left = [key for key in products if key not in gone]
    if len(left) == 1:
        return NamedGoods(left)
    if left:
        return NamedGoods(left, "several")
    return NamedGoods(gone, "discontinued") if gone else NamedGoods([], "unknown")
