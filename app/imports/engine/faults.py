"""The codes of faults have names, for the filter above the list of faults."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import explanation_of

FAULT_LABELS = {
    "no_name": _l("Name is missing"),
    "no_number": _l("Number is missing"),
    "bad_mobile": _l("Wrong mobile number"),
    "unknown_owner": _l("Unknown owner"),
    "ambiguous_owner": _l("Owner's name is not unique"),
    "unknown_kind": _l("Unknown customer kind"),
    "duplicate_name": _l("Name exists already"),
    "duplicate_number": _l("Number exists already"),
    "too_long": _l("Text is too long"),
    "bad_category": _l("Wrong place in the tree"),
    "unknown_unit": _l("Unknown unit"),
    "bad_number": _l("Not a valid number"),
    "digits_lost": _l("Digits were lost"),
    "limits": _l("Stock limits crossed"),
    "not_allowed": _l("No right to set this"),
    "unknown_product": _l("Unknown product"),
    "changed_cell": _l("Cell was changed"),
    "not_counted": _l("Stock is not counted"),
    "missing": _l("Required cell is empty"),
    "invalid": _l("Value not accepted"),
    "bad_date": _l("Not a valid date"),
    "bad_flag": _l("Neither yes nor no"),
    "unknown_choice": _l("Not a value of the list"),
    "unknown_row": _l("Unknown record"),
    "ambiguous_row": _l("Name is not unique"),
    "duplicate_value": _l("Value exists already"),
    "duplicate_code": _l("Code exists already"),
    "too_deep": _l("Too deep in the tree"),
    "discontinued": _l("Product is discontinued"),
    "whole_unit": _l("Unit does not come in parts"),
    "head_differs": _l("Differs within a document"),
    "rows_apart": _l("Rows of a document stand apart"),
    "too_many_lines": _l("Document is too long"),
    "other_row": _l("Another row of the document"),
    "doubtful_phone": _l("Doubtful phone number"),
    "doubtful_tax_number": _l("Doubtful tax number"),
}


def fault_label(code: str) -> str:
    """Return the name of a code: a rule of a domain is told as it is refused, an unknown code by itself."""
    return str(FAULT_LABELS.get(code) or explanation_of(code) or code).rstrip("。.")
