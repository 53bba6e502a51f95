"""收款账户 How a receiving account is written. Manual 8.14."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.errors import invalid
from app.core.record.entry import Entry
from app.models.money.receiving_account import ReceivingAccount


class ReceivingAccountEntry(Entry):
    """Finance keeps the accounts; one that payments name is discontinued rather than deleted."""

    model = ReceivingAccount
    writable = ("name", "bank", "account", "discontinued", "remark")


def require_in_use(account: ReceivingAccount | None) -> None:
    """See that money may go to this account or leave it.

    errors  Refused "invalid" for an account that is discontinued
    """
    if account is not None and account.discontinued:
        raise invalid("account", _("Please choose an account that is in use."))
