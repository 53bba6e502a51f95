"""A kind of field knows how its values are read, shown, compared and described. Each is one class in this folder.

An object of such a class is the kind of one field, with what is peculiar to it: its length, its places, its codes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa

from app.core.kinds.comparison import COMPARED
from app.core.text import storable

Json = dict[str, Any]
Labels = Callable[[str], list[str]]  # a dictionary → the labels that can be chosen from it

NO_OPERATORS: frozenset[str] = frozenset()
EQUALITY = frozenset({"eq", "neq", "in", "not_in"})
ORDERING = EQUALITY | {"gt", "lt", "ge", "le"}


class RowFinder(Protocol):
    """Finds the rows that a value names: by their keys in a form or a body, by their names in a workbook.

    The channel that reads the value decides who may name what, and refuses in its own words.
    """

    def row(self, model: type[Any], named: Any) -> Any:
        """Return the row of a model."""

    def several(self, model: type[Any], named: Sequence[Any]) -> list[Any]:
        """Return the rows of a model, in the order in which they are named."""

    def item(self, dictionary: str, named: Any) -> Any:
        """Return the item of a dictionary."""


class Kind:
    """A kind of field. Values are Python values: `Decimal`, `date`, a mapped row; None is no value.

    columns   types of columns whose fields are of this kind
    unit      the name of this kind in reports
    control   the control a form asks for it with
    drawing   how a list draws it: line, phone, text, badge, flag, figure or row
    sign      what stands before it in a form
    note      what a workbook's template says about it
    """

    columns: ClassVar[tuple[type[Any], ...]] = ()
    unit: ClassVar[str] = ""
    control: ClassVar[str] = "text"
    drawing: ClassVar[str] = "text"
    sign: ClassVar[str] = ""
    note: ClassVar[Any] = ""
    operators: ClassVar[frozenset[str]] = NO_OPERATORS

    has_column: ClassVar[bool] = True
    has_filter: ClassVar[bool] = True  # a list offers to be narrowed by it
    has_order: ClassVar[bool] = False  # a list offers to be sorted by it
    falls_first: ClassVar[bool] = False  # sorting begins with the largest
    is_listed: ClassVar[bool] = True  # it may be a column of a list
    is_typed: ClassVar[bool] = True  # people enter it
    is_identifying: ClassVar[bool] = False  # a row may be known by it
    is_text: ClassVar[bool] = False
    is_line: ClassVar[bool] = False  # text of one line
    is_long: ClassVar[bool] = False  # text of many lines
    is_phone: ClassVar[bool] = False  # a telephone number
    is_numeric: ClassVar[bool] = False
    is_exact: ClassVar[bool] = False  # a number with decimals
    is_summed: ClassVar[bool] = False  # a list adds it up
    is_temporal: ClassVar[bool] = False
    is_range: ClassVar[bool] = False  # it is filtered from one value to another
    is_relation: ClassVar[bool] = False  # one row of another model
    is_reference: ClassVar[bool] = False  # one row of another model, or an item of a dictionary
    is_several: ClassVar[bool] = False  # several rows of another model
    is_lines: ClassVar[bool] = False

    template_width: ClassVar[int] = 15  # characters of a column of a template
    export_width: ClassVar[int] = 20
    cell_format: ClassVar[str] = ""  # of a workbook's cell

    # What is peculiar to one field; the classes that have it make it an attribute of their objects.
    length: int | None = None  # characters
    scale: int = 0  # decimals
    choices: Any = None  # the enumeration of a code list
    target: type[Any] | None = None  # the model that is referred to
    dictionary: str | None = None  # the name of an administrator's list
    rates: str | None = None  # the dictionary that names the values of a rate
    lowest: Any = None  # the least value of a number
    is_above: bool = False  # a number must be more than `lowest`

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for type_ in vars(cls).get("columns", ()):
            _BY_COLUMN[type_] = cls
        if vars(cls).get("unit"):
            _BY_UNIT[cls.unit] = cls

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @classmethod
    def of(cls, column: sa.Column[Any]) -> Kind:
        """Return the kind of the field that this column holds."""
        return cls()

    # Showing

    def text(self, value: Any) -> str:
        """Return a value as people read it on a page."""
        return str(value)

    def paper(self, value: Any) -> str:
        """Return a value as it is printed."""
        return self.text(value)

    def cell(self, value: Any) -> Any:
        """Return a value as a cell of a workbook holds it."""
        return value

    def limit_text(self, value: Any) -> str:
        """Return a value as a filter in force tells it."""
        return self.text(value)

    def typed(self, value: Any) -> Any:
        """Return a value as a control holds it: as it would be typed."""
        return "" if value is None else str(value)

    def logged(self, value: Any) -> str:
        """Return what the log has kept of a value, as people read it.

        errors  ArithmeticError, ValueError for what was no such value
        """
        return str(value)

    def json(self, value: Any) -> Any:
        """Return a value as the REST interface shows it."""
        return value

    # Reading

    def read_typed(self, texts: Sequence[str]) -> Any:
        """Return the value that was typed or chosen in a form; None when nothing was.

        errors  ValidationError
        """
        text = self.trimmed(texts[0] if texts else "")
        return self.read_text(text) if text else None

    def trimmed(self, text: str) -> str:
        """Return a typed text without what does not count."""
        return text.strip()

    def read_text(self, text: str) -> Any:
        """Return the value of a typed text.

        errors  ValidationError
        """
        raise NotImplementedError

    def read_json(self, value: Any) -> Any:
        """Return the value that stands in a body of the REST interface.

        errors  ValidationError
        """
        raise NotImplementedError

    def read_cell(self, text: str) -> Any:
        """Return the value of a workbook's cell, whose text is not empty.

        errors  Refused with the code of the fault
        """
        return text

    def read_filter(self, text: str) -> Any:
        """Return the value that an address narrows a list to; None for what cannot be read."""
        return None

    def read_limit(self, text: str, end: str) -> Any:
        """Return the value a range is to begin ("from") or to end ("to") with; None for what cannot be read."""
        return None

    def read_sort_value(self, text: str) -> Any:
        """Return the value that a cursor holds of the column a list is sorted by.

        errors  ArithmeticError, ValidationError, ValueError
        """
        if not storable(text):
            raise ValueError("no column holds this text")
        return text

    def read_rest_filter(self, value: Any) -> Any:
        """Return the value that a filter of the REST interface compares with.

        errors  ValidationError
        """
        raise NotImplementedError

    def resolved(self, value: Any, rows: RowFinder) -> Any:
        """Return the value itself, when `read_typed`, `read_json` or `read_cell` has read the name of a row."""
        return value

    def require_in_range(self, value: Any) -> None:
        """Refuse a value that the field may not hold.

        errors  ValidationError
        """

    # Filtering

    def where(self, attribute: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
        """Return the condition in SQL that an operator of `operators` stands for."""
        condition: sa.ColumnElement[bool] = COMPARED[operator](attribute, value)
        return condition

    def options(self, items: Sequence[tuple[int, str, bool]]) -> list[tuple[str, str]]:
        """Return what can be chosen, as (value, text); empty where values are typed or picked.

        items  those of its dictionary: key, label, and whether it may still be chosen
        """
        return []

    def cell_choices(self) -> Sequence[str] | None:
        """Return what the list of a template's cell offers, where that is the same for all; None where it is not."""
        return None

    # Describing

    def shown_schema(self) -> Json:
        """Return the JSON schema of a value as `json` shows it."""
        raise NotImplementedError

    def body_schema(self, labels: Labels) -> Json:
        """Return the JSON schema of what `read_json` takes."""
        raise NotImplementedError

    def rest_filter_schema(self) -> Json:
        """Return the JSON schema of what `read_rest_filter` takes."""
        raise NotImplementedError

    def note_for(self, *, is_unique: bool) -> Any:
        """Return what the template of an import says about a field of this kind."""
        return self.note

    def width(self) -> int:
        """Return how many characters wide a column of a template is."""
        return self.template_width


_BY_COLUMN: dict[type[Any], type[Kind]] = {}
_BY_UNIT: dict[str, type[Kind]] = {}


def kind_of(column: sa.Column[Any]) -> Kind:
    """Return the kind of the field that a column holds, by the type of the column."""
    found = next(_BY_COLUMN[type_] for type_ in type(column.type).__mro__ if type_ in _BY_COLUMN)
    return found.of(column)


def kind_of_unit(unit: str) -> Kind:
    """Return the kind that reports call by this name.

    errors  KeyError
    """
    return _BY_UNIT[unit]()
