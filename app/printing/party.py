"""A document has two sides: our company as the administrator set it, and a row that a domain declares to be one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Party:
    """One side of a document, with what an invoice and a transfer need."""

    name: str
    address: str | None = None
    phone: str | None = None
    tax_number: str | None = None
    bank_name: str | None = None
    bank_account: str | None = None


PARTIES: dict[type[Any], Callable[[Any], Party]] = {}


def declare_party(model: type[Any], read: Callable[[Any], Party]) -> None:
    """Make known that rows of the model can be the other side of a document, and what is printed of them.

    errors  ValueError when the model is declared already
    """
    if model in PARTIES:
        raise ValueError(f"{model.__name__} is declared as a party twice")
    PARTIES[model] = read


def party_of(row: Any) -> Party:
    """Return what is printed of this row as a side of a document."""
    return PARTIES[type(row)](row)


def our_company(settings: Mapping[str, Any]) -> Party:
    """Return our company as a side of a document, as the administrator set it."""
    return Party(
        name=str(settings["company_name"]),
        address=str(settings["company_address"]),
        phone=str(settings["company_phone"]),
        tax_number=str(settings["company_tax_number"]),
        bank_name=str(settings["company_bank_name"]),
        bank_account=str(settings["company_bank_account"]),
    )
