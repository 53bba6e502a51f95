"""How a customer stands on paper."""

from __future__ import annotations

from app.models.customers.customer import Customer
from app.printing.paper import Party


def customer_party(customer: Customer, person: str = "") -> Party:
    """The customer's side; an invoice goes to the invoice title when there is one."""
    return Party(
        name=customer.invoice_title or customer.name,
        address=_place(customer),
        phone=customer.phone or customer.mobile or "",
        tax_number=customer.tax_number or "",
        bank_name=customer.bank_name or "",
        bank_account=customer.bank_account or "",
        person=person,
    )


def _place(customer: Customer) -> str:
    """City and address; the city is not said twice."""
    city, address = customer.city or "", customer.address or ""
    return address if address.startswith(city) else f"{city}{address}"
