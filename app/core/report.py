"""A report is a function that returns a SELECT, with its columns declared once; this is its registry. Manual 16."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.core.kinds.choice import ChoiceKind
from app.core.kinds.kind import Kind, kind_of_unit

Query = Callable[[dict[str, Any], Actor], sa.Select[Any] | sa.CompoundSelect[Any]]


class Empty(enum.Enum):
    """Chosen of a filter instead of a row or a code: the rows that have none."""

    empty = enum.auto()


EMPTY = Empty.empty


@dataclass(frozen=True)
class Behind:
    """The rows that a figure sums: those of another report, or of a model's list.

    opens    the report ("report_customer_entries") or the model whose list is meant ("payment")
    keys     filter there → the SELECT's column that holds its value; a row without a value there asks for rows without
             one. Filters of a list are called as in addresses: "customer", "signed_on_from"
    filters  filter of this report → filter there that narrows alike; those of one name are taken over by themselves
    where    filters there that always hold
    measure  the column there that adds up to the figure; its rows are counted when left out
    """

    opens: str
    keys: Mapping[str, str] = field(default_factory=dict, hash=False)
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)
    where: tuple[tuple[str, str], ...] = ()
    measure: str = ""

    @property
    def report(self) -> Report | None:
        """The report that it opens; None where it opens a list."""
        return REPORTS.get(self.opens.removeprefix("report_")) if self.opens.startswith("report_") else None


@dataclass(frozen=True)
class ReportColumn:
    """A column of a report.

    unit    what the kind of its values is called: money, price, quantity, count, date, time, text
    total   summed at the foot
    last    a running figure: the foot repeats the last row's
    sparse  zero is left blank, so that the eye finds what moved
    needs   the right without which the column does not exist: "cost"
    codes   the code list whose labels are shown
    blank   what stands where there is no value
    link    name of the SELECT's column that holds the key of the record it opens
    opens   the model of that record ("customer"), or, behind "@", the SELECT's column that names it ("@document_model")
    behind  the rows it opens instead: of a figure those that it sums
    """

    name: str
    label: Any
    unit: str = "text"
    total: bool = False
    last: bool = False
    sparse: bool = False
    needs: str | None = None
    codes: type[enum.StrEnum] | None = None
    blank: Any = ""
    link: str | None = None
    opens: str | None = None
    behind: Behind | None = None

    @cached_property
    def kind(self) -> Kind:
        return kind_of_unit(self.unit) if self.codes is None else ChoiceKind(self.codes)

    @property
    def is_number(self) -> bool:
        return self.kind.is_numeric

    @property
    def is_unbroken(self) -> bool:
        """Whether its values stand on one line: days, times and numbers of documents."""
        return self.unit in ("date", "time") or (self.opens or "").startswith("@")

    def value(self, selected: Any) -> Any:
        """Return the value in a row of the SELECT, a code as the member of its list."""
        return selected if self.codes is None else self.codes(selected)


@dataclass(frozen=True)
class Report:
    """One entry of the registry. `query(filters, actor)` returns the rows this person may see.

    filters   names of declared filters; those in `required` must be chosen before there are rows
    opening   the column without a value in its first row, which says what stood when the period began: programs read
              that row, and the running figure at the end, apart from the others
    icon      of its entry among the reports
    """

    name: str
    title: Any
    manual: str
    roles: tuple[str, ...]
    columns: tuple[ReportColumn, ...]
    query: Query
    filters: tuple[str, ...] = field(default=())
    required: tuple[str, ...] = field(default=())
    note: Any = ""
    opening: str = ""
    icon: str = "report-money"

    @property
    def subject(self) -> str:
        """The subject of the right `can_read`."""
        return f"report_{self.name}"

    def columns_for(self, actor: Actor) -> list[ReportColumn]:
        return [column for column in self.columns if column.needs is None or actor.may("view", column.needs)]

    def may_be_read(self, actor: Actor) -> bool:
        return actor.may("read", self.subject)


REPORTS: dict[str, Report] = {}


def report(name: str, **told: Any) -> Callable[[Query], Query]:
    """Register the function below as a report; the keywords are the fields of `Report`.

    errors  ValueError when there is a report of that name already
    """
    if name in REPORTS:
        raise ValueError(f"the report {name} is declared twice")

    def register(query: Query) -> Query:
        REPORTS[name] = Report(name=name, query=query, **told)
        return query

    return register
