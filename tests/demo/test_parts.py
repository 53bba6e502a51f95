"""The demo firm is put together from what areas declare: each part once, behind those it stands on."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from app.demo import parts
from app.demo.parts import DemoPart, demo_part, parts_in_order

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    parts_in_order()
    monkeypatch.setattr(parts, "PARTS", dict(parts.PARTS))


def test_every_part_stands_behind_those_it_stands_on() -> None:
    names = [part.name for part in parts_in_order()]
    assert {"products", "customers", "warehouses", "opening_stock", "orders"} <= set(names)
    for part in parts_in_order():
        assert all(names.index(name) < names.index(part.name) for name in part.after), part.name


def test_a_part_is_declared_once() -> None:
    with pytest.raises(ValueError, match="two parts called orders"):
        demo_part("orders")(lambda session: iter(()))


def test_a_part_that_stands_on_nothing_that_is_there_is_refused() -> None:
    parts.PARTS["loans"] = DemoPart("loans", lambda session: iter(()), ("nothing",))
    with pytest.raises(LookupError, match="loans of the demo firm stands on nothing"):
        parts_in_order()
    parts.PARTS["loans"] = DemoPart("loans", lambda session: iter(()), ("returns",))
    parts.PARTS["returns"] = DemoPart("returns", lambda session: iter(()), ("loans",))
    with pytest.raises(CycleError):
        parts_in_order()
