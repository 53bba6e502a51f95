"""The lists of values that products bring along. Manual 10.6; spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary(
    "unit", _l("Product units"), "个* 件 台 套 把 支 只 盒 箱 包 米 千克", whole="个 件 台 套 把 支 只 盒 箱 包"
)
declare_dictionary("price_tier", _l("Price tiers"), "零售价 批发价 代理价 VIP价")
