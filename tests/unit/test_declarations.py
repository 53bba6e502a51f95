"""What stands beside a domain is declared once; a second declaration, and one that leads nowhere, is refused."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.appbuilder import Model
from app.core.ledger.verify import CHECKS, check
from app.core.record.audit import ACT_LABELS, label_acts
from app.core.report import REPORTS, report
from app.imports.engine.importer import IMPORTERS, Importer
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue
from app.models.system.setting import DICTIONARIES, declare_dictionary
from app.reports.system.filters import FILTERS, ReportFilter, declare_filter
from app.screens.desk import desks
from app.screens.desk.desks import COMMON, add_to_desk, desk_of
from app.screens.frame import menu
from app.screens.frame.help_topics import Topic, declare_topic
from app.screens.frame.menu import MenuEntry, MenuSection, declare_page, declare_section, declare_tool, section_of
from app.screens.frame.registry import VIEWS
from app.screens.record.record_view import RecordView
from app.security.policy import CHANGES, VISIBILITY, Policy, Sees, declare, require_policy
from app.security.roles import RIGHTS, SUBJECT_LABELS, R, declare_subject
from app.security.settings import SETTINGS, declare_setting


@pytest.mark.parametrize(
    "again",
    [
        lambda: declare_section(MenuSection("sales", "", 1)),
        lambda: declare_page("sales", MenuEntry("", "", "/report/customer_statement/")),
        lambda: declare_tool(MenuEntry("", "", "/call/")),
        lambda: declare_subject("cost", ""),
        lambda: label_acts({"create": ""}),
        lambda: declare({SalesOrder: Policy(Sees(everyone=True))}),
        lambda: declare_dictionary("unit", "", ""),
        lambda: declare_setting("hot_customer_limit", "", 1),
        lambda: declare_topic(Topic("orders", "", "", 1)),
        lambda: declare_filter("warehouse", ReportFilter("")),
        lambda: report("customer_finance")(lambda filters, actor: sa.select(sa.true())),
        lambda: check(CHECKS[0]),
        lambda: add_to_desk(R.admin, figures={99: desk_of(R.admin).figures[0]}),
        lambda: type("OrdersAgain", (RecordView,), {"model": SalesOrder}),
        lambda: type("CustomersAgain", (Importer,), {"model": SalesOrder, "kind": "customers"}),
    ],
)
def test_nothing_is_declared_twice(app: Any, again: Any) -> None:
    tables: list[Any] = [
        menu.SECTIONS, RIGHTS, SUBJECT_LABELS, ACT_LABELS, VISIBILITY, DICTIONARIES, SETTINGS, FILTERS, REPORTS, VIEWS,
        IMPORTERS,
    ]  # fmt: skip
    before = [dict(table) for table in tables]
    lists: list[Any] = [menu.PAGES, menu.TOOLS, CHECKS]
    lengths = [len(found) for found in lists]
    with pytest.raises(ValueError, match="two|twice"):
        again()
    assert before == tables
    assert lengths == [len(found) for found in lists]


def test_a_list_in_a_section_that_is_not_there_is_a_fault_of_the_code(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VIEWS[SalesOrder], "menu_section", "selling")
    with pytest.raises(LookupError, match="selling"):
        section_of(SalesOrder)


def test_a_document_made_from_another_follows_it_without_a_line_of_its_own(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rules in (VISIBILITY, CHANGES):
        monkeypatch.delitem(rules, GoodsIssue)
    monkeypatch.delitem(RIGHTS, "goods_issue")
    require_policy(GoodsIssue)
    assert VISIBILITY[GoodsIssue] == CHANGES[GoodsIssue] == Sees(through=("order",))
    assert RIGHTS["goods_issue"]["read"] == RIGHTS["sales_order"]["read"]
    assert set(RIGHTS["goods_issue"]) == {"read", "export"}


def test_every_dictionary_that_a_column_refers_to_is_declared() -> None:
    asked = {
        column.info["dictionary"]
        for mapper in Model.registry.mappers
        for column in mapper.local_table.c
        if "dictionary" in column.info
    }
    assert len(asked) > 10
    assert asked <= set(DICTIONARIES)


def test_a_new_firm_has_every_dictionary_with_at_most_one_default(app: Any) -> None:
    for dictionary in DICTIONARIES.values():
        items = dictionary.items()
        assert items, dictionary.name
        assert [item["position"] for item in items] == list(range(1, len(items) + 1))
        assert sum(item["is_default"] for item in items) <= 1, dictionary.name
        assert len({item["label"] for item in items}) == len(items), dictionary.name


def test_a_role_without_a_desk_of_its_own_has_the_common_one_and_what_is_added_for_it(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = desk_of(COMMON)
    assert desk_of("a role the administrator made") == common == desk_of(R.technical)
    monkeypatch.setattr(desks, "_ADDED", {key: list(parts) for key, parts in desks._ADDED.items()})
    people = desk_of(R.admin).figures[0]
    add_to_desk(R.technical, figures={15: people})
    assert desk_of(R.technical).figures == (common.figures[0], people, *common.figures[1:])
    assert desk_of(COMMON) == common
