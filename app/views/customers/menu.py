"""Where customers stand in the menu and in the help, and the tools of whoever speaks with them. Manual 3.2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuEntry, MenuSection, declare_section, declare_tool
from app.security.roles import SALES_SIDE, R

_ROLES = {*SALES_SIDE, R.sales_assistant, R.service, R.engineer, R.marketing, R.technical, R.finance, R.admin}
declare_section(MenuSection("customers", _l("Customers"), 10, frozenset(_ROLES)))
declare_tool(MenuEntry(_l("New customer"), "user-plus", "/customer/add", ("create", "customer"), order=10))
declare_tool(MenuEntry(_l("Incoming call"), "phone-incoming", "/call/", ("read", "customer"), order=20))
declare_topic(Topic("customers", _l("Customers"), "building-store", 20))
