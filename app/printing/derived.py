"""A whole paper joins what its declaration says with what follows from the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.kinds.day import DayKind
from app.core.paper import Fact, Paper, Signature, declare_paper, paper_of
from app.core.record.fields import Field, fields_of
from app.core.record.naming import singular
from app.models.document import (
    Approved,
    Confirmed,
    Derived,
    DerivedLine,
    Document,
    line_model,
    parent_field,
    source_line_field,
)
from app.models.system.user import AppUser
from app.printing.party import PARTIES

# The system keeps these fields for itself, or they have a place of their own on paper.
_ELSEWHERE = {
    "id", "number", "remark", "state", "created_at", "created_by_id", "changed_at", "version", "search_text",
    "position", "product", "unit_price", "tax_rate", "amount", "prices", "rebate",
}  # fmt: skip


@dataclass(frozen=True)
class WholePaper(Paper):
    """A paper with each of its parts filled in."""

    facts: tuple[Fact, ...] = ()
    terms: tuple[Fact, ...] = ()
    columns: tuple[str, ...] = ()
    price: str = ""
    line_remark: str = ""
    party: str = ""
    signatures: tuple[Signature, ...] = ()


def prepared_by(row: Any, session: Session, actor: Actor) -> str:
    """Return the name of whoever made the document."""
    person = session.get(AppUser, row.created_by_id) if row.created_by_id else None
    return person.name if person is not None else ""


PREPARED = Signature(_l("Prepared by"), prepared_by)
HANDLED = Signature(_l("Handled by"))


def whole_paper(model: type[Any]) -> WholePaper:
    """Return the paper of a model whose rows can be printed.

    errors  TypeError where neither the model nor what it is made from has declared one
    """
    said = paper_of(model)
    if said is None:
        raise TypeError(f"{model.__name__} has no paper: declare_paper({model.__name__}, Paper(…))")
    lines = line_model(model)
    party = _party(model, lines) if said.party is None else said.party
    return WholePaper(
        title=said.title if said.title is not None else singular(model),
        facts=_as_facts(_facts(model, party) if said.facts is None else said.facts),
        terms=_as_facts(_long_texts(model) if said.terms is None else said.terms),
        columns=tuple(_columns(lines) if said.columns is None else said.columns),
        price=_price(lines) if said.price is None else said.price,
        priced_if=said.priced_if,
        line_remark=_line_remark(lines) if said.line_remark is None else said.line_remark,
        party=party,
        signatures=tuple(_signatures(model, party) if said.signatures is None else said.signatures),
        hint=said.hint,
        button=said.button,
    )


def _as_facts(said: Sequence[str | Fact]) -> tuple[Fact, ...]:
    return tuple(Fact(fact) if isinstance(fact, str) else fact for fact in said)


def _written(model: type[Any]) -> Iterator[Field]:
    """Yield fields that people write, apart from those with a place of their own on paper.

    What needs a right of its own, as costs do, is printed only where a declaration says so.
    """
    for described in fields_of(model).values():
        column = model.__table__.c.get(described.column or described.name)
        if column is None or described.name in _ELSEWHERE or described.needs or column.info.get("computed"):
            continue
        if not column.foreign_keys or described.target is not None:
            yield described


def _is_document(described: Field) -> bool:
    return described.target is not None and issubclass(described.target, Document)


def _party_relation(model: type[Any]) -> str:
    return next((described.name for described in _written(model) if described.target in PARTIES), "")


def _party(model: type[Any], lines: type[Any]) -> str:
    """Return the relation to the other side; only a document with prices of its own has two sides."""
    return _party_relation(model) if _price(lines) and not issubclass(model, Derived) else ""


def _facts(model: type[Any], party: str) -> list[str | Fact]:
    """Return the facts above the lines: number, day, what it was made from and for whom, and its other fields.

    What goes to the other side names nobody else and no document of ours.
    """
    found: list[str | Fact] = ["number"]
    fields = [described for described in _written(model) if not described.kind.is_long]
    if not any(isinstance(described.kind, DayKind) for described in fields):
        found.append(Fact("created_at", _l("Prepared on")))
    parent = parent_field(model) if issubclass(model, Derived) else ""
    if parent:
        other = _party_relation(fields_of(model)[parent].target)  # type: ignore[arg-type]  # a relation has a target
        found += [parent, f"{parent}.{other}"] if other else [parent]
    for described in fields:
        is_told_to_party = described.name == party or described.target not in PARTIES and not _is_document(described)
        if described.name != parent and (is_told_to_party or not party):
            found.append(described.name)
    return found


def _long_texts(model: type[Any]) -> list[str]:
    return [described.name for described in _written(model) if described.kind.is_long]


def _columns(lines: type[Any]) -> list[str]:
    """Return what lines show of what the domain computes, then what people write beside product, quantity and price."""
    fields = fields_of(lines).values()
    shown = [described.name for described in fields if described.said.get("shown") and not described.needs]
    written = [described.name for described in _written(lines) if not described.kind.is_relation]
    return [*shown, *(name for name in written if name != lines.__counted__)]


def _price(lines: type[Any]) -> str:
    return "unit_price" if "unit_price" in fields_of(lines) else ""


def _line_remark(lines: type[Any]) -> str:
    if "remark" in fields_of(lines):
        return "remark"
    source = source_line_field(lines) if issubclass(lines, DerivedLine) else ""
    target = fields_of(lines)[source].target if source else None
    return f"{source}.remark" if target is not None and "remark" in fields_of(target) else ""


def _signatures(model: type[Any], party: str) -> list[Signature]:
    if party:
        return []
    approver = [Signature(_l("Approved by"), "approved_by")] if issubclass(model, Approved) else []
    keeper = [Signature(_l("Warehouse keeper"), "confirmed_by")] if issubclass(model, Confirmed) else []
    return [PREPARED, *approver, *keeper, HANDLED]


declare_paper(Document, Paper())
