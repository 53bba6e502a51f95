"""Where purchasing stands in the menu. Manual 3.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.screens.frame.menu import MenuSection, declare_section
from app.security.policies.purchase import PURCHASE_READERS
from app.security.roles import R

declare_section(MenuSection("purchase", _l("Purchasing"), 55, frozenset(PURCHASE_READERS), first_for={R.purchaser: 1}))
