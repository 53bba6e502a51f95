"""Products: one with prices for tiers, one that is no longer sold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.core.db.base import db
from app.security.dictionaries import item_named


def furnish(office: Any) -> None:
    tier = item_named(db.session(), "price_tier", "批发价")
    office.product("开口扳手", tier_prices=[{"tier": tier, "price": Decimal("9.5")}])
    gone = office.product("旧式台虎钳")
    office.product_manager.changes(gone, discontinued=True)
