"""Where goods stand in the menu. Manual 3.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.screens.frame.menu import MenuSection, declare_section
from app.security.roles import R

_ROLES = frozenset(R) - {R.admin}
declare_section(
    MenuSection(
        "goods", _l("Goods"), 40, _ROLES,
        first_for={R.product_manager: 1, R.technical: 1, R.warehouse: 2, R.purchaser: 2},
    )
)  # fmt: skip
