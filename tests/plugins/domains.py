"""What each test is about: `--domain purchase_order` runs the tests of one domain, `--cost` adds up the time of each.

A test is about the domain of the model, workflow or report that it was generated for, else of its file's name:
tests/purchase/test_purchase_order.py. All others are about the engines that every domain shares.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
OF_AN_AREA = re.compile(r"app\.(?:models|workflows|reports|views|imports|printing)\.\w+\.(\w+)")
ENGINES = "(engines)"


@cache
def areas() -> frozenset[str]:
    """Names of the areas: of the folders of models."""
    return frozenset(path.parent.name for path in (APP / "models").glob("*/*.py"))


@cache
def domains() -> tuple[str, ...]:
    """Names of all domains: of the files of models in the areas, and of ledgers that have a workflow file alone."""
    models, workflows = (
        {path.stem for path in (APP / layer).glob("*/*.py")} - {"__init__"} for layer in ("models", "workflows")
    )
    return tuple(sorted(models | {name for name in workflows if not _first_of(models, name)}))


def domain_named(name: str) -> str:
    """The domain whose name this is or begins with: `sales_order_entry` → `sales_order`; none → empty."""
    return _first_of(domains(), name)


def _first_of(names: Iterable[str], name: str) -> str:
    return max((each for each in names if name == each or name.startswith(f"{each}_")), key=len, default="")


def domain_of(subject: Any) -> str:
    """The domain of what a generated test was given; empty when it says nothing about one."""
    from app.core.report import REPORTS

    if isinstance(subject, str):
        subject = REPORTS[subject].query if subject in REPORTS else None
    subject = getattr(subject, "model", subject)
    found = OF_AN_AREA.fullmatch(str(getattr(subject, "__module__", "")))
    return domain_named(found[1]) if found else ""


def domain_of_test(item: pytest.Item) -> str:
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    named = domain_named(item.path.stem.removeprefix("test_"))
    return next((domain for subject in given if (domain := domain_of(subject))), named)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--domain", help="run the tests of one domain only, such as purchase_order")
    parser.addoption("--cost", action="store_true", help="say how many seconds the tests of each domain take")


def pytest_configure(config: pytest.Config) -> None:
    wanted = config.getoption("--domain")
    if wanted and wanted not in domains():
        raise pytest.UsageError(f"there is no domain {wanted}, only {', '.join(sorted(domains()))}")
    if config.getoption("--cost"):
        config.pluginmanager.register(Cost())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--domain")
    for item in items:
        item.user_properties.append(("domain", domain_of_test(item) or ENGINES))
    if wanted:
        kept = [item for item in items if ("domain", wanted) in item.user_properties]
        config.hook.pytest_deselected(items=[item for item in items if ("domain", wanted) not in item.user_properties])
        items[:] = kept


class Cost:
    """Seconds of all tests, summed up per domain; with several processes as if they had run one after the other."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.tests: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        domain = str(dict(report.user_properties).get("domain", ENGINES))
        self.seconds[domain] += report.duration
        self.tests[domain] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds of each domain")
        for domain, seconds in self.seconds.most_common():
            terminalreporter.write_line(f"{seconds:8.1f} s  {self.tests[domain]:5} tests  {domain}")
