"""客户 The customer as the other side of a document."""

from __future__ import annotations

from app.models.customers.customer import Customer
from app.printing.party import Party, declare_party


def customer_party(customer: Customer) -> Party:
    """An invoice goes to the invoice title when there is one."""
    return Party(
        name=customer.invoice_title or customer.name,
        address=_place(customer),
        phone=customer.phone or customer.mobile,
        tax_number=customer.tax_number,
        bank_name=customer.bank_name,
        bank_account=customer.bank_account,
    )


def _place(customer: Customer) -> str:
    """City and address; the city is not said twice."""
    city, address = customer.city or "", customer.address or ""
    return address if address.startswith(city) else f"{city}{address}"


declare_party(Customer, customer_party)
