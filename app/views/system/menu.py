"""The desk, the statistics and the system in the menu; tools and pages of the help for everybody. Manual 3.1, 3.2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.report import REPORTS
from app.imports.engine.importer import IMPORTERS
from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuEntry, MenuSection, declare_page, declare_section, declare_tool
from app.security.roles import R


def may_import(actor: Actor) -> bool:
    """Whether there is anything at all that they may import."""
    return any(actor.may("import", importer.model) for importer in IMPORTERS.values())


def may_read_reports(actor: Actor) -> bool:
    """Whether there is any report that they may read."""
    return any(report.may_be_read(actor) for report in REPORTS.values())


declare_section(MenuSection("home", "", 0))
declare_section(MenuSection("statistics", _l("Statistics"), 80, first_for={R.finance: 3}))
declare_section(MenuSection("system", _l("System"), 90, first_for={R.admin: 1}))
declare_page("home", MenuEntry(_l("Desk"), "home", "/"))
declare_page("statistics", MenuEntry(_l("Reports"), "chart-bar", "/report/", offered=may_read_reports))
for _entry in (
    MenuEntry(_l("Roles and rights"), "shield-lock", "/role/list/", ("read", "role"), order=20),
    MenuEntry(_l("Dictionaries"), "notebook", "/dictionaryitem/list/", ("edit", "dictionary_item"), order=30),
    MenuEntry(_l("Settings"), "settings", "/setting/", ("read", "setting"), order=40),
    MenuEntry(_l("Imports"), "table-import", "/import/", offered=may_import, order=50),
    MenuEntry(_l("Audit"), "history", "/audit/list/", ("read", "audit_entry"), order=60),
    MenuEntry(_l("Recycle bin"), "trash", "/recycle/list/", ("read", "deleted_record"), order=70),
):  # fmt: skip
    declare_page("system", _entry)
declare_tool(MenuEntry(_l("Statistics"), "chart-dots", "/report/", offered=may_read_reports, order=80))
declare_tool(MenuEntry(_l("Help"), "help-circle", "/help/", order=90))
declare_topic(Topic("start", _l("First steps"), "flag", 10))
declare_topic(Topic("imports", _l("Imports"), "table-import", 60))
declare_topic(Topic("keys", _l("Keys and lists"), "keyboard", 70))
