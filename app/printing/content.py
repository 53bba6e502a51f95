"""A printed document is described by plain values: no row and no query ever reaches a template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from app.printing.party import Party

FEWEST_PLACES = 2  # of a price


@dataclass(frozen=True)
class PrintedFact:
    """A label and its value; an empty value is printed as a word that says so, for nothing may be written in later."""

    label: str
    text: str
    wide: bool = False


@dataclass(frozen=True)
class PrintedLine:
    """One product; amounts in yuan, tax included. Price and amount are None where no prices are printed.

    quantity  None where it is not known yet, and is written in by hand
    more  texts of the columns that this document has beside the usual ones
    """

    position: int
    number: str
    name: str
    model: str
    unit: str
    quantity: Decimal | None
    unit_price: Decimal | None = None
    tax_rate: Decimal | None = None
    amount: Decimal | None = None
    remark: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrintedSide:
    """One of the two sides that agree, with room for a seal."""

    role: str
    party: Party
    is_ours: bool = False


@dataclass(frozen=True)
class PrintedSignature:
    """A box to sign in, with the name that is known already."""

    label: str
    name: str = ""
    wide: bool = False


@dataclass(frozen=True)
class PrintedDocument:
    """A document with its lines. What its template asks at every line is found once.

    company        whose heading it has
    columns        headings of the columns that it has beside the usual ones
    text_columns   places of those among them that hold text, and are set to the left
    quantity_label the heading of the quantities, where they are called something of their own
    is_counted     its lines say how much they are about
    price_label    the heading of the prices; empty where none are printed
    amount_label   the heading of the amounts
    rebate         what is taken off the amounts of the lines, yuan, tax included
    total          yuan, tax included; None where no prices are printed
    remark         None where documents of this kind have none
    watermark      what stands across every page
    """

    title: str
    number: str
    company: str
    facts: Sequence[PrintedFact] = ()
    lines: Sequence[PrintedLine] = ()
    columns: Sequence[str] = ()
    text_columns: frozenset[int] = frozenset()
    quantity_label: str = ""
    is_counted: bool = True
    price_label: str = ""
    amount_label: str = ""
    rebate: Decimal = Decimal(0)
    total: Decimal | None = None
    terms: Sequence[PrintedFact] = ()
    remark: str | None = None
    sides: Sequence[PrintedSide] = ()
    signatures: Sequence[PrintedSignature] = ()
    hint: str = ""
    watermark: str = ""

    @cached_property
    def is_taxed(self) -> bool:
        """Whether each line says its tax rate."""
        return bool(self.price_label) and any(line.tax_rate is not None for line in self.lines)

    @cached_property
    def has_remarks(self) -> bool:
        return any(line.remark for line in self.lines)

    @cached_property
    def price_places(self) -> int:
        """The places of the longest price, so that the points stand below each other."""
        prices = [line.unit_price.normalize() for line in self.lines if line.unit_price]
        return max([FEWEST_PLACES, *(-int(price.as_tuple().exponent) for price in prices)])

    @property
    def quantities(self) -> list[tuple[Decimal, str]]:
        """The sums of the goods as (sum, unit), one for each unit: pieces and metres are not added up."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            if line.quantity is not None:
                sums[line.unit] += line.quantity
        return [(quantity, unit) for unit, quantity in sums.items()]
