"""Where loans stand in the menu and in the help."""

from __future__ import annotations

from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuEntry, MenuSection, declare_page, declare_section, declare_tool
from app.security.roles import SALES_SIDE, R

declare_section(MenuSection("loans", "借用", 35, frozenset(SALES_SIDE), first_for={R.sales: 1}))
declare_page("loans", MenuEntry("各点借用", "chart-bar", "/report/loans_by_depot/", ("read", "report_loans_by_depot")))
declare_tool(MenuEntry("新建借用单", "plus", "/toolloan/add", ("create", "tool_loan"), order=30))
declare_topic(Topic("loans", "借用", "tool", 45))
