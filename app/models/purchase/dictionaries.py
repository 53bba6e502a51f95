"""The list of values that purchasing brings along. Manual 12.1; spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary("purchase_category", _l("Purchase categories"), "备货采购 订单采购 样品 配件 其他")
