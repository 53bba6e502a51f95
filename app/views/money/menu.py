"""Where money stands in the menu and in the help. Manual 3.1, 8.15."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuEntry, MenuSection, declare_page, declare_section
from app.security.roles import SALES_SIDE, R

_ROLES = {*SALES_SIDE, R.sales_assistant, R.finance}
declare_section(MenuSection("money", _l("Money"), 30, frozenset(_ROLES), first_for={R.finance: 1}))
# Finance knows customers by name and by what they owe; their pages are for others. design.md §6
declare_page(
    "money",
    MenuEntry(
        _l("Customer statement"), "file-invoice", "/report/customer_statement/",
        ("read", "report_customer_statement"), only=frozenset({R.finance}), order=200,
    ),
)  # fmt: skip
declare_topic(Topic("money", _l("Payments"), "cash", 50))
