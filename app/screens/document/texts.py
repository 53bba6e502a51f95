"""These are the texts of a document's form, in the person's language; its script fills in the {braces}."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.cache.per_process import BoundedCache

_texts: BoundedCache[dict[str, Any]] = BoundedCache(most=10)  # One answer for each language.


def form_texts() -> dict[str, Any]:
    """Return all texts of the form, read from the catalogue once in each language."""
    return _texts.get(str(get_locale()), _all_texts)


def _all_texts() -> dict[str, Any]:
    return {**_line_texts(), **_odd_texts(), **_table_texts(), "columns": _column_texts(), **_saving_texts()}


def _line_texts() -> dict[str, str]:
    return {
        "productHint": _("Number, name, model, pinyin initials"), "available": _("available"), "short": _("short"),
        "then": _("%(n)s by %(day)s", n="{n}", day="{day}"),
        "last": _("Last price"), "lastPrices": _("Last prices"), "nothing": _("nothing yet"),
        "listPrice": _("List price"),
        "choose": _("Please choose from the list."), "unknown": _("No product on sale is called so."),
        "several": _("Several products are called so; please choose."),
        "notQuantity": _("At most three decimals."), "needQuantity": _("Please enter a quantity."),
        "notNumber": _("This is not a number."), "needed": _("Please fill this in."),
        "atLeast": _("“%(field)s” must be at least %(lowest)s.", field="{field}", lowest="{lowest}"),
        "moreThan": _("“%(field)s” must be more than %(lowest)s.", field="{field}", lowest="{lowest}"),
        "notPrice": _("At most six decimals."), "needPrice": _("Please enter a price."),
        "keptPrices": _("{n} prices stay as they were, now as “{label}”"),
        "missing": _("The product is not on file? Ask the product manager to add it."),
        "row": _("{what}, line {n}"), "removed": _("Line {n} removed: {what}"), "undo": _("Undo"),
        "remove": _("Remove this line"), "remark": _("Remark"),
        "pasteHere": _("Click into a product cell and press Ctrl+V."),
        "newOne": _("+ New {what}"), "newNamed": _("+ New {what} “{text}”"),
        "lines": _("{n} lines"), "pieces": _("{n} pieces"),
    }  # fmt: skip


def _odd_texts() -> dict[str, str]:
    """Return the notes below a line and the buttons that correct it."""
    return {
        "notDiscount": _("A discount is written as 0.9, 9折, 85折 or 90."),
        "aboveList": _("More than the list price is no discount; type the price itself."),
        "noListPrice": _("This product has no list price; type the price itself."),
        "whichDiscount": _("Does 1 mean the whole list price or a tenth of it?"),
        "lowDiscount": _("Understood as {part} of the list price. Is that meant?"),
        "takeDiscount": _("Take {part}, that is {price}"),
        "dearer": _("{part} of the list price: dearer than the list."),
        "cheaper": _("Only {part} of the list price."),
        "takeList": _("Take the list price {price}"),
        "wholeUnit": _("“{unit}” does not come in parts."),
        "tooFew": _("Only {free} {unit} can be taken."),
        "promised": _("{n} {unit} are there, {promised} promised to others; {free} can be taken."),
        "takeQuantity": _("Make it {n} {unit}"),
        "oddLines": _("{n} lines to look at"), "shortLines": _("{n} lines are short"),
    }  # fmt: skip


def _table_texts() -> dict[str, str]:
    """Return what the dialog of a pasted table says."""
    return {
        "pasting": _("Pasted table"), "pasteRows": _("Paste {n} rows"), "ofRows": _("{n} rows were copied"),
        "headingRow": _("row {n} is the heading"), "leftOut": _("left out: {what}"),
        "leftTitles": _("{n} rows above the table"), "leftTotals": _("{n} rows of totals"),
        "leftBlank": _("{n} blank rows"), "leftRows": _("{n} rows were not taken."),
        "amountsCompared": _("Amounts are computed anew; they differ from the table by {sum}."),
        "remembered": _("What the columns hold is remembered for {party}."), "thisForm": _("this form"),
        "entersAs": _("Enters as"), "result": _("Result"), "columnNo": _("Column {n}"),
        "noHeading": _("The table has no headings: please look what each column holds."),
        "isTaxed": _("“{what}”: with or without tax?"), "withTax": _("With tax"), "withoutTax": _("Without tax"),
        "counts": _("{good} rows can enter, {stops} are to be corrected, {doubts} to be answered."),
        "enterAll": _("Enter all, problems in red"), "enterGood": _("Enter {n} rows"), "cancel": _("Cancel"),
        "noName": _("No number and no name."), "twoAlike": _("Several are called so"),
        "noSuchNumber": _("There is no number {what}."), "noSuchName": _("Nothing is called {what}."),
        "isDiscontinued": _("{what} is discontinued."), "chooseFor": _("Product for {what}"),
        "otherUnit": _("The table says {given}, we count it in {unit}."), "takeUnit": _("Take it as {unit}"),
        "pricesDiffer": _("{part} of the list price is {expected}, the table says {price}."),
        "byPrice": _("Take {price}"), "byDiscount": _("Take {expected}"), "asWritten": _("Take it as written"),
        "noSuchRate": _("No such tax rate"), "differs": _("differs by {by}"),
    }  # fmt: skip


def _column_texts() -> dict[str, str]:
    """Return what a column of a pasted table can be said to hold."""
    return {
        "none": _("not taken"), "number": _("Product number"), "name": _("Product name"), "model": _("Model"),
        "text": _("Number or name"), "quantity": _("Quantity"), "unit": _("Unit"), "gross": _("Unit price incl. tax"),
        "net": _("Unit price excl. tax"), "amount": _("Amount, compared only"), "discount": _("Discount"),
        "rate": _("Tax rate"), "remark": _("Remark"),
    }  # fmt: skip


def _saving_texts() -> dict[str, str]:
    return {
        "required": _("Please fill in “%(field)s”.", field="{field}"), "noLines": _("There are no lines yet."),
        "toCorrect": _("To be corrected: %(n)s", n="{n}"), "line": _("Line %(n)s", n="{n}"),
        "reload": _("Your session has ended. What you typed is still here: sign in again elsewhere, then save."),
        "failed": _("That went wrong on our side. Nothing was saved; what you typed is still here."),
        "offline": _("The server cannot be reached. What you typed is still here; please try again."),
        "over": _("Save mine over it"), "look": _("Open the saved record"),
        "still": _("What you typed is still here."),
        "lineChanged": _("Line changed: {what}, {how}"), "lineRemoved": _("Line removed: {what}"),
        "lineAdded": _("Line added: {what}, {n}"),
    }  # fmt: skip
