"""What stands beside a domain is declared once; a second declaration, and one that leads nowhere, is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.record.audit import ACT_LABELS, label_acts
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue
from app.screens.frame import menu
from app.screens.frame.menu import Entry, Section, declare_page, declare_section, declare_tool, section_of
from app.screens.frame.registry import VIEWS
from app.security.policy import CHANGES, VISIBILITY, Policy, Sees, declare, require_policy
from app.security.roles import RIGHTS, SUBJECT_LABELS, declare_subject


@pytest.mark.parametrize(
    "again",
    [
        lambda: declare_section(Section("sales", "", 1)),
        lambda: declare_page("sales", Entry("", "", "/report/customer_statement/")),
        lambda: declare_tool(Entry("", "", "/call/")),
        lambda: declare_subject("cost", ""),
        lambda: label_acts({"create": ""}),
        lambda: declare({SalesOrder: Policy(Sees(everyone=True))}),
    ],
)
def test_nothing_is_declared_twice(app: Any, again: Any) -> None:
    before = [dict(table) for table in (menu.SECTIONS, RIGHTS, SUBJECT_LABELS, ACT_LABELS, VISIBILITY)]
    lists = [list(table) for table in (menu.PAGES, menu.TOOLS)]
    with pytest.raises(ValueError, match="two|twice"):
        again()
    assert before == [menu.SECTIONS, RIGHTS, SUBJECT_LABELS, ACT_LABELS, VISIBILITY]
    assert lists == [menu.PAGES, menu.TOOLS]


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
