"""订单录入 The order form: header and line grid, saved as one. Manual 8.3–8.5, 10.9.

Why the grid is as it is: docs/decisions/0004-line-grid.md
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.base import db
from app.core.errors import AppError, all_refused, invalid
from app.core.flow.workflow import WORKFLOWS
from app.core.money import plain, rate_of
from app.core.record.entry import stale
from app.core.record.fields import fields_of, label_of
from app.core.record.freeze import is_frozen
from app.core.record.schemas import Exact, Form, load
from app.models.customers.customer import Contact, Customer
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser
from app.query.choices import dictionary_choices, pickable
from app.query.history import last_act
from app.query.naming import display_text
from app.reports.products.product_picker import Circumstances, as_json, offered_products, products_by_id
from app.reports.sales.sales_order import planned_amount
from app.reports.sales.sales_order_form import Terms, customer_terms, possible_owners, signers, warehouses_in_use
from app.screens.form.forms import Control, form_token
from app.screens.form.json_answers import answers_json, done_once, sent_body
from app.screens.frame.values import moment
from app.screens.lines.line_grid import LineGridPages, grid_setup, grid_texts, new_address
from app.screens.list.address import whole
from app.screens.record.record_view import expose
from app.security.dictionaries import default_item


class SentLine(Form):
    """One line as the grid sends it."""

    id = fields.Integer()
    product = fields.Integer(required=True)
    quantity = Exact(required=True, places=3, lowest=Decimal("0.001"))
    unit_price = Exact(required=True, places=4, lowest=Decimal(0))
    tax_rate = Exact(required=True, places=4, lowest=Decimal(0))


class SentOrder(Form):
    """The order form as it is sent; `head` holds what was typed, by field."""

    head = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), required=True)
    lines = fields.List(fields.Nested(SentLine), required=True)
    version = fields.Integer(load_default=None, allow_none=True)
    submit = fields.Boolean(load_default=False)


class OrderEntryPages(LineGridPages):
    """The form, what it asks while one types, and saving."""

    # Pages

    @expose("/add")
    def add(self) -> ResponseReturnValue:
        """A new order; `?customer=7` presets the customer. Manual 8.3."""
        actor = self.reader()
        self.require("create", actor)
        customer = whole(request.args.get("customer", ""))
        terms = customer_terms(db.session(), customer, actor) if customer is not None else None
        return self._order_form(None, actor, terms)

    @expose("/edit/<int:pk>", methods=("GET", "POST"))
    def edit(self, pk: int) -> ResponseReturnValue:
        """A draft in the grid; of a submitted order only what is still open, in the plain form. Manual 8.7."""
        actor = self.reader()
        row = self.row(pk, actor)
        if request.method == "POST" or is_frozen(row):
            plain_form: ResponseReturnValue = super().edit(pk)
            return plain_form
        self.require("edit", actor)
        self.entry.require_writable(db.session(), row, actor)
        return self._order_form(row, actor, None)

    def _order_form(self, row: SalesOrder | None, actor: Actor, terms: Terms | None) -> ResponseReturnValue:
        session = db.session()
        described = self.fields_for(row, actor)
        values = self.values_of(row) if row is not None else self._beginning(actor)
        controls = {field.name: described.control(field, values.get(field.name)) for field in described.fields}
        _put_choice(controls["owner"], possible_owners(session, actor), row.owner if row else None)
        _put_choice(controls["warehouse"], warehouses_in_use(session, actor), row.warehouse if row else None)
        _put_choice(controls["contact"], signers(session, row.customer_id, row.contact_id) if row else [], None)
        controls["remark"].rows, controls["consignee_address"].is_broad = 1, True
        rates = _rates(row)
        return render_template(
            "sales_order/form.html", view=self, row=row, controls=controls, rates=rates,
            customer=row.customer if row else None, customer_label=label_of(SalesOrder, "customer"), token=form_token(),
            back=self.show_url(row.id) if row else f"{self.route_base}/list/",
            setup=self._setup(row, actor, terms, rates),
        )  # fmt: skip

    def _beginning(self, actor: Actor) -> dict[str, Any]:
        """What a new order begins with."""
        category = default_item(db.session(), "order_category")
        return {"signed_on": today(), "owner": db.session.get(AppUser, actor.user_id), "category": category}

    def _setup(
        self, row: SalesOrder | None, actor: Actor, terms: Terms | None, rates: list[tuple[str, str]]
    ) -> dict[str, Any]:
        """What the page's script begins with."""
        return {
            "base": self.route_base, "save": f"save/{row.id}" if row else "save", "id": row.id if row else None,
            "version": row.version if row else None, "keep": _draft_key(row, terms, actor),
            "newCustomer": new_address(Customer, actor), "newContact": new_address(Contact, actor), **grid_setup(actor),
            "lines": _lines_shown(row, actor) if row else [], "rate": rates[0][0] if rates else "0",
            "terms": _terms_shown(terms) if terms else None, "texts": _texts(),
        }  # fmt: skip

    # Asked while typing

    @expose("/customers")
    @answers_json
    def customers(self) -> list[dict[str, Any]]:
        """Customers this person sees, for typing ahead."""
        actor = self.require_entry()
        query = request.args.get("q", "").replace("\x00", "").strip()[:60]
        found = pickable(db.session(), Customer, query, actor, hints=("number", "city"))
        return [{"id": key, "name": name, "hint": " · ".join(hints)} for key, name, hints in found]

    @expose("/customer")
    @answers_json
    def customer(self) -> dict[str, Any]:
        """What the order takes over from its customer. Manual 8.5, 11.6."""
        actor = self.require_entry()
        return _terms_shown(customer_terms(db.session(), whole(request.args.get("id", "")) or 0, actor))

    # Saving

    @expose("/save", methods=("POST",))
    @answers_json
    def save_new(self) -> dict[str, Any]:
        """Create the order; with `submit`, ask for approval in the same transaction."""
        return self._saved(None)

    @expose("/save/<int:pk>", methods=("POST",))
    @answers_json
    def save_changed(self, pk: int) -> dict[str, Any]:
        """Change a draft; a version behind the database's is refused with who was faster, and when."""
        return self._saved(pk)

    def _saved(self, pk: int | None) -> dict[str, Any]:
        actor = self.reader()
        self.require("create" if pk is None else "edit", actor)
        given = sent_body()
        answer = done_once(given, lambda: self._save(pk, given, actor))
        for text in answer.pop("warnings", []):
            flash(text, "warning")
        flash(_("%(what)s has been saved.", what=answer["number"]), "success")
        return answer

    def _save(self, pk: int | None, given: dict[str, Any], actor: Actor) -> dict[str, Any]:
        session = db.session()
        sent = load(SentOrder, given)
        row = None if pk is None else self.row(pk, actor)
        if row is not None and sent["version"] != row.version:
            raise _stale_with_author(row, actor)
        values = self._values(row, sent, actor)
        if row is None:
            row = self.entry.create(session, values, actor)
        else:
            row = self.entry.change(session, row, values, actor, sent["version"])
        warnings = [str(warning["message"]) for warning in self.entry.warnings(session, row, actor)]
        if sent["submit"]:
            WORKFLOWS[SalesOrder].fire(session, row, "submit", actor)
        asks_plan = not sent["submit"] and planned_amount(session, row) != row.total
        to = self.show_url(row.id) + ("?plan=1" if asks_plan else "")
        return {"to": to, "id": row.id, "number": row.number, "total": str(row.total), "warnings": warnings}

    def _values(self, row: SalesOrder | None, sent: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
        """Header and lines as the entry takes them; all refusals of both at once."""
        session = db.session()
        typed = MultiDict({name: value or "" for name, value in sent["head"].items()})
        refused: list[AppError] = []
        values: dict[str, Any] = {}
        for part in (
            lambda: self.fields_for(row, actor).read(typed, session, actor, row),
            lambda: {"lines": _lines_sent(row, sent["lines"], actor)},
        ):
            try:
                values |= part()
            except AppError as error:
                refused += error.reasons
        if refused:
            raise all_refused(refused)
        # Left empty is left out where the table wants a value: a rule fills it in, or it stays as it is.
        emptied = (
            {name for name, field in fields_of(SalesOrder).items() if not field.required} if row is not None else set()
        )
        return {name: value for name, value in values.items() if value is not None or name in emptied}


def _draft_key(row: SalesOrder | None, terms: Terms | None, actor: Actor) -> str:
    """Whose draft of which order: one begun at a customer's page is another than one begun from the list."""
    beginning = f"new-{terms.id}" if terms is not None else "new"
    return f"order-{actor.user_id}-{row.id if row is not None else beginning}"


def _put_choice(control: Control, options: list[tuple[int, str]], current: Any) -> None:
    """Make a relation a list to choose from; what stands there now stays among it."""
    control.kind, control.has_blank = "select", control.name == "contact"
    control.options = [(str(key), text) for key, text in options]
    if current is not None and control.value not in dict(control.options):
        control.options.append((control.value, str(current)))
    if not control.value and options and control.name != "contact":
        control.value = str(options[0][0])


def _rates(row: SalesOrder | None) -> list[tuple[str, str]]:
    """(rate, label) of the rates to choose from, the default first; an old line keeps its own."""
    found: dict[Decimal, str] = {}
    for _key, label, usable in dictionary_choices(db.session(), ["tax_rate"])["tax_rate"]:
        try:
            rate = rate_of(label)
        except InvalidOperation:
            continue  # a label the administrator wrote in words says no rate
        if usable:
            found.setdefault(rate, label)
    for line in row.lines if row else ():
        found.setdefault(line.tax_rate, f"{plain(line.tax_rate * 100)}%")
    return [(plain(rate), label) for rate, label in found.items()]


def _lines_shown(row: SalesOrder, actor: Actor) -> list[dict[str, Any]]:
    circumstances = Circumstances(row.customer_id, row.warehouse_id)
    known = offered_products(db.session(), [line.product_id for line in row.lines], circumstances, actor)
    return [
        {
            "id": line.id, "product": as_json(known[line.product_id]), "list_price": str(line.list_price),
            "quantity": plain(line.quantity), "unit_price": str(line.unit_price), "tax_rate": plain(line.tax_rate),
        }
        for line in row.lines
    ]  # fmt: skip


def _lines_sent(row: SalesOrder | None, lines: list[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    """errors  Refused "invalid" for each product that is none and each rate that is not on the list"""
    products: dict[int, Product] = products_by_id(db.session(), [line["product"] for line in lines], actor)
    rates = {Decimal(rate) for rate, _label in _rates(row)}
    refused: list[AppError] = []
    for position, line in enumerate(lines):
        if line["product"] not in products:
            refused.append(invalid(f"lines.{position}.product", _("Please choose from the list.")))
        if line["tax_rate"] not in rates:
            refused.append(invalid(f"lines.{position}.tax_rate", _("Please choose from the list.")))
    if refused:
        raise all_refused(refused)
    return [{**line, "product": products[line["product"]]} for line in lines]


def _stale_with_author(row: SalesOrder, actor: Actor) -> AppError:
    """The refusal of a stale form: who was faster, when, what they changed, and the lines as they stand now."""
    act = last_act(db.session(), row)
    who = display_text(AppUser, (act.name, act.has_left)) if act and act.name else _("Someone")
    labels = sorted({label_of(SalesOrder, name) for name in (act.changes if act else {})})
    notes = [_("%(who)s saved this record at %(at)s, after you opened it.", who=who, at=moment(act.at) if act else "")]
    if labels:
        notes.append(_("Changed: %(fields)s.", fields="、".join(labels)))
    error = stale(row)
    lines = _lines_shown(row, actor)
    error.facts["beside"] = {"stale": {"notes": notes, "who": who, "version": row.version, "lines": lines}}
    return error


def _terms_shown(terms: Terms) -> dict[str, Any]:
    return {
        "id": terms.id, "name": terms.name, "tier": terms.tier, "contacts": terms.contacts,
        "primary": terms.primary_id,
        "prefilled": {
            "owner": str(terms.owner_id), "settlement": str(terms.settlement_id or ""),
            "consignee": terms.consignee, "consignee_phone": terms.consignee_phone,
            "consignee_address": terms.consignee_address,
        },
    }  # fmt: skip


def _texts() -> dict[str, str]:
    """What the script says, in the person's language."""
    return {
        **grid_texts(),
        "required": _("Please fill in “%(field)s”.", field="{field}"), "noLines": _("The order has no lines."),
        "toCorrect": _("To be corrected: %(n)s", n="{n}"), "line": _("Line %(n)s", n="{n}"),
        "reload": _("Your session has ended. What you typed is still here: sign in again elsewhere, then save."),
        "failed": _("That went wrong on our side. Nothing was saved; what you typed is still here."),
        "offline": _("The server cannot be reached. What you typed is still here; please try again."),
        "over": _("Save mine over it"), "look": _("Open the saved record"),
        "still": _("What you typed is still here."),
        "of_quantity": _("Quantity"), "of_unit_price": _("Unit price incl. tax"), "of_tax_rate": _("Tax rate"),
        "lineChanged": _("Line changed: {what}, {how}"), "lineRemoved": _("Line removed: {what}"),
        "lineAdded": _("Line added: {what}, {n}"),
    }  # fmt: skip
