"""A model declares once what its paper says, so that a page can ask whether its record can be printed.

    declare_paper(GoodsReceipt, Paper(price="unit_cost"))

A declaration says what deviates. Whatever it leaves at None follows from the model (`app/printing/derived.py`), and a
model that declares nothing has the paper of the class it is made from: every document has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor

# A value that no field holds: the text of it for this row, or None where it is left out.
Reader = Callable[[Any, Session, Actor], str | None]


@dataclass(frozen=True)
class Fact:
    """A label and a value.

    read   the path of a field ("contact.name"), which is printed only for who may see each field on it, or a `Reader`
    label  the label of the last field on the path when left out
    wide   the fact takes a line of its own; long texts and addresses do so by themselves
    """

    read: str | Reader
    label: Any = ""
    wide: bool = False


@dataclass(frozen=True)
class Signature:
    """A box in which somebody signs.

    read  the name that stands in it already, as in `Fact`; it is empty when left out
    wide  it has room for a seal
    """

    label: Any
    read: str | Reader = ""
    wide: bool = False


@dataclass(frozen=True)
class Paper:
    """The paper of one model.

    title       its heading; what one row of the model is called
    facts       what stands above the lines: paths of fields, or `Fact`s; the fields of the model
    terms       what stands below the lines, likewise; the long texts of the model
    columns     fields of the lines that are printed beside product, quantity and prices; those that people write
    price       the field of the lines that is their price; `unit_price` where they have one, and "" for none
    priced_if   the setting without which no prices are printed
    line_remark the path of the remark of a line; its own, else that of the line it takes from
    party       the relation to the other side of an agreement; where there is one, both sides stand below with room for
                their seals; the first relation to somebody with an address and a bank, and "" for none
    signatures  who signs, where no sides do; whoever prepared it, the approver or the keeper, and whoever handles it
    hint        a sentence at the foot for whoever receives it
    button      what the link on the page of the record is called
    """

    title: Any = None
    facts: Sequence[str | Fact] | None = None
    terms: Sequence[str | Fact] | None = None
    columns: Sequence[str] | None = None
    price: str | None = None
    priced_if: str = ""
    line_remark: str | None = None
    party: str | None = None
    signatures: Sequence[Signature] | None = None
    hint: Any = ""
    button: Any = _l("Print")


PAPERS: dict[type[Any], Paper] = {}


def declare_paper(model: type[Any], paper: Paper) -> None:
    """Make known how rows of the model, and of models made from it, are printed.

    errors  ValueError when the model has a paper already
    """
    if model in PAPERS:
        raise ValueError(f"{model.__name__} has two papers")
    PAPERS[model] = paper


def paper_of(model: type[Any]) -> Paper | None:
    """Return the declaration of the model or of the class it is made from; None where its rows are not printed."""
    return next((PAPERS[kind] for kind in model.__mro__ if kind in PAPERS), None)
