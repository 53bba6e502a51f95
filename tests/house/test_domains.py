"""Tests know what they are about: `make check D=…` and `make test-cost` go by that."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.files.files import Attachment
from app.core.flow.workflow import WORKFLOWS
from app.core.report import REPORTS
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from tests.plugins.domains import domain_named, domain_of, domains


@pytest.mark.parametrize(
    ("subject", "domain"),
    [
        (SalesOrder, "sales_order"),
        (SalesOrderLine, "sales_order"),
        (WORKFLOWS[SalesOrder], "sales_order"),
        (Attachment, ""),
        ("lin", ""),
        (3, ""),
    ],
    ids=("model", "line", "workflow", "engine", "login", "number"),
)
def test_a_generated_test_is_about_the_domain_of_its_subject(subject: Any, domain: str) -> None:
    assert domain_of(subject) == domain


def test_a_report_is_about_the_domain_it_is_written_in() -> None:
    assert {domain_of(name) for name in REPORTS} >= {"receivable", "stock"}


def test_a_file_is_about_the_domain_its_name_begins_with() -> None:
    assert domain_named("sales_order_pages") == "sales_order"
    assert domain_named("stock_transfers") == domain_named("stock") == "stock"
    assert domain_named("stockings") == domain_named("budgets") == ""
    assert all(domain_named(name) == name for name in domains())
