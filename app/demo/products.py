"""Products of the demo firm. Manual 10.2."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.demo.parts import demo_part
from app.demo.workbooks import read_in
from app.models.products.product import Product


@demo_part("products")
def products(session: Session) -> Iterator[str]:
    return read_in(session, "products", Product)
