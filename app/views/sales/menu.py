"""Where sales stand in the menu and in the help. Manual 3.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuSection, declare_section
from app.security.roles import SALES_SIDE, R

_ROLES = {*SALES_SIDE, R.sales_assistant, R.finance, R.warehouse, R.service}
declare_section(MenuSection("sales", _l("Sales"), 20, frozenset(_ROLES), first_for={R.finance: 2}))
declare_topic(Topic("orders", _l("Orders"), "shopping-cart", 30))
