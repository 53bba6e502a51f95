"""客户导入 Customers from a workbook. Manual 6.2–6.4; spec.md §6."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import phonenumbers
import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.cache.per_process import cached_per_process
from app.core.db.bulk import create_many
from app.core.errors import Refused
from app.core.record.numbering import next_numbers
from app.core.sheets.columns import Draft, SheetColumn
from app.core.sheets.workbook import cell_text
from app.core.text import narrow, normalised
from app.imports.engine.importer import Importer, Made
from app.models.customers.customer import Contact, Customer, CustomerKind
from app.models.system.user import AppUser
from app.security.dictionaries import default_item
from app.workflows.customers.customer import checked_mobile, name_key, tax_number_form

KINDS = {"企业": CustomerKind.company, "个人": CustomerKind.individual}
_TAX_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _kind(cell: Any) -> CustomerKind:
    text = cell_text(cell)
    if text not in KINDS:
        raise Refused("unknown_kind", _("“%(text)s” is neither 企业 nor 个人.", text=text[:30]))
    return KINDS[text]


def _name(cell: Any) -> str:
    text = cell_text(cell)
    if not name_key(text):
        raise Refused("no_name", _("Please give the customer's name."))
    return text


def _mobile(cell: Any) -> str | None:
    return checked_mobile(cell_text(cell))


def _tax_number(cell: Any) -> str | None:
    return tax_number_form(cell_text(cell))


def kind_names(session: Session) -> Sequence[str]:
    return list(KINDS)


def people(session: Session) -> dict[str, list[int]]:
    """Name → ids of people who have not left; more than one where a name is not enough."""
    found: dict[str, list[int]] = defaultdict(list)
    for user_id, name in session.execute(sa.select(AppUser.id, AppUser.name).where(~AppUser.has_left)):
        if name:
            found[normalised(name)].append(user_id)
    return found


def owner_names(session: Session) -> Sequence[str]:
    query = sa.select(AppUser.name).where(~AppUser.has_left, AppUser.name != "").order_by(AppUser.id)
    return list(session.scalars(query))


class CustomerImport(Importer):
    """A company's 联系人, 职务 and 手机 make its primary contact; an individual is customer and contact in one."""

    kind = "customers"
    label = _l("Customers")
    model = Customer
    sheet_name = "客户"
    usual_login = "admin"
    advice = _l("A company's name must be new; individuals may share a name. The owner must be a person of the firm.")
    columns = (
        SheetColumn("客户性质", "kind", _kind, _l("企业 or 个人"), required=True, choices=kind_names, width=10),
        SheetColumn("客户名称", "name", _name, _l("A company's name only once"), required=True, width=34),
        SheetColumn("联系人", "contact", note=_l("A company's primary contact"), length=60, width=12),
        SheetColumn("职务", "duty", note=_l("The contact's position"), length=60, width=12),
        SheetColumn("手机", "mobile", _mobile, _l("11 digits"), width=14),
        SheetColumn("电话", "phone", note=_l("With area code: 0755-83123456"), width=16),
        SheetColumn("城市", "city", width=12),
        SheetColumn("地址", "address", width=34),
        SheetColumn(
            "所有者",
            "owner",
            note=_l("Name of the salesperson"),
            required=True,
            choices=owner_names,
            length=60,
            width=12,
        ),
        SheetColumn("税号", "tax_number", _tax_number, _l("18 characters"), width=22),
    )

    def prepare(self) -> None:
        self._people = people(self.session)
        potential = default_item(self.session, "customer_class")
        self._class_id = potential.id if potential else None

    def check(self, drafts: list[Draft]) -> None:
        keys = {draft.number: name_key(draft.values["name"]) for draft in drafts if draft.values.get("name")}
        taken = self.seen | self._on_file(list(set(keys.values())))
        for draft in drafts:
            self._find_owner(draft)
            if draft.values.get("kind") == CustomerKind.company and draft.number in keys:
                key = draft.values["name_key"] = keys[draft.number]
                if key in taken:
                    text = _("A company named “%(name)s” is already on file.", name=draft.values["name"])
                    draft.blame(self.heading_of("name"), "duplicate_name", text)
                elif not draft.faults:
                    taken.add(key)
            if self.warn and not draft.faults:
                self._doubt(draft)

    def _on_file(self, keys: list[str]) -> set[str]:
        query = sa.select(Customer.name_key).where(Customer.kind == CustomerKind.company, Customer.name_key.in_(keys))
        return set(self.session.scalars(query))

    def _find_owner(self, draft: Draft) -> None:
        name = draft.values.get("owner") or ""
        found = self._people.get(normalised(name), [])
        if len(found) == 1:
            draft.values["owner_id"] = found[0]
        elif found:
            text = _("Several people are called “%(name)s”.", name=name)
            draft.blame(self.heading_of("owner"), "ambiguous_owner", text)
        elif "owner" in draft.values:
            text = _("There is no person “%(name)s” who could own the customer.", name=name)
            draft.blame(self.heading_of("owner"), "unknown_owner", text)

    def _doubt(self, draft: Draft) -> None:
        """Digits that do not check are often typed wrong, but old numbers exist too: the row comes in all the same."""
        phone, tax_number = draft.values.get("phone"), draft.values.get("tax_number")
        if phone and not has_known_area(phone):
            draft.doubt(
                self.heading_of("phone"), "doubtful_phone", _("There is no such telephone number: %(n)s", n=phone)
            )
        if tax_number and not is_tax_number(tax_number):
            text = _("The check digit of the tax number is wrong: %(n)s", n=tax_number)
            draft.doubt(self.heading_of("tax_number"), "doubtful_tax_number", text)

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        if not written:  # what is written, the database knows
            self.seen.update(draft.values["name_key"] for draft in drafts if "name_key" in draft.values)

    def write(self, drafts: list[Draft]) -> list[Made]:
        numbers = next_numbers(self.session, Customer.__number_prefix__, len(drafts))
        customers = [self._customer(draft, number) for draft, number in zip(drafts, numbers, strict=True)]
        keys = create_many(self.session, Customer, customers, "number", self.actor)
        contacts = [(draft, self._contact(draft, key)) for draft, key in zip(drafts, keys, strict=True)]
        named = [(draft, contact) for draft, contact in contacts if contact]
        contact_keys = create_many(
            self.session, Contact, [contact for _draft, contact in named], "customer_id", self.actor
        )
        made = [Made(draft.number, "customer", key) for draft, key in zip(drafts, keys, strict=True)]
        made += [Made(named[i][0].number, "contact", key) for i, key in enumerate(contact_keys)]
        return made

    def _customer(self, draft: Draft, number: str) -> dict[str, Any]:
        values = draft.values
        is_individual = values["kind"] == CustomerKind.individual
        has_contact = not is_individual and values.get("contact")
        return {
            "number": number,
            "kind": values["kind"],
            "name": values["name"],
            "name_key": name_key(values["name"]),
            "owner_id": values["owner_id"],
            "class_id": self._class_id,
            "phone": values.get("phone"),
            "mobile": None if has_contact else values.get("mobile"),
            "city": values.get("city"),
            "address": values.get("address"),
            "tax_number": values.get("tax_number"),
        }

    def _contact(self, draft: Draft, customer_id: int) -> dict[str, Any] | None:
        """Manual 6.3: an individual is their own contact."""
        values = draft.values
        is_individual = values["kind"] == CustomerKind.individual
        name = values["name"][:60] if is_individual else values.get("contact")
        if not name:
            return None
        return {
            "customer_id": customer_id,
            "name": name,
            "duty": values.get("duty"),
            "mobile": values.get("mobile"),
            "phone": values.get("phone") if is_individual else None,
            "is_primary": True,
        }


def is_tax_number(text: str) -> bool:
    """Whether the check digit of a unified social credit code is right (GB 32100); old tax numbers are not asked."""
    if len(text) != 18:
        return len(text) in (15, 20)
    if any(character not in _TAX_CHARACTERS for character in text):
        return False
    total = sum(_TAX_CHARACTERS.index(character) * pow(3, place, 31) for place, character in enumerate(text[:17]))
    return _TAX_CHARACTERS[(31 - total % 31) % 31] == text[17]


@cached_per_process(most=50_000)
def has_known_area(text: str) -> bool:
    """Whether this is a Chinese telephone number that can exist, area code included."""
    digits = narrow(text)
    try:
        number = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException:
        return False
    # With a 0 in front it is meant as a fixed line, although 0188… could be dialled as a mobile number too.
    is_mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    return phonenumbers.is_valid_number(number) and not (is_mobile and digits.startswith("0"))
