"""Customers of the demo firm. Manual 6.1."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.demo.parts import demo_part
from app.demo.workbooks import read_in
from app.models.customers.customer import Customer


@demo_part("customers")
def customers(session: Session) -> Iterator[str]:
    return read_in(session, "customers", Customer)
