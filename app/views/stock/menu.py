"""Where stock stands in the menu and in the help. Manual 3.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuSection, declare_section
from app.security.roles import R

_ROLES = {R.boss, R.sales_director, R.purchaser, R.warehouse, R.finance, R.product_manager, R.admin}
declare_section(
    MenuSection(
        "stock", _l("Stock"), 50, frozenset(_ROLES), first_for={R.warehouse: 1, R.purchaser: 2, R.product_manager: 2}
    )
)
declare_topic(Topic("shipping", _l("Issue and shipping"), "truck-delivery", 40))
