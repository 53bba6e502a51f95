"""款项 Who sees and keeps payments, plans and receivables. Manual 8.14, 10.10."""

from __future__ import annotations

from app.models.money.closed_month import ClosedMonth
from app.models.money.payment import CustomerBalance, Payment, PaymentPlan, ReceivableLedgerEntry
from app.models.money.receiving_account import ReceivingAccount
from app.models.money.refund import Refund
from app.security.policy import Policy, Sees, declare
from app.security.roles import R

OF_ITS_CUSTOMER = Sees(every=(R.boss, R.finance), through=("customer",))
OF_ITS_ORDER = Sees(every=(R.boss, R.finance), through=("customer", "sales_order"))

declare({
    CustomerBalance: Policy(OF_ITS_CUSTOMER, read_by=()),
    ReceivableLedgerEntry: Policy(
        Sees(every=(R.boss, R.finance), owner="salesperson_id", through=("customer",)),
    ),
    PaymentPlan: Policy(OF_ITS_ORDER, changed_by=Sees(every=(R.boss,), through=("sales_order",))),
    Payment: Policy(
        OF_ITS_ORDER,
        changed_by=Sees(every=(R.finance,)),
        rights={"create": (R.finance,), "edit": (R.finance,)},
        names=("customer",),  # finance books money of any customer
    ),
    Refund: Policy(OF_ITS_ORDER, changed_by=Sees(every=(R.finance,))),
    ReceivingAccount: Policy(
        Sees(every=(R.boss, R.finance)), kept_by=(R.finance,), read_by=(R.boss, R.finance),
        rights={"import": ()},
    ),
    ClosedMonth: Policy(
        Sees(every=(R.boss, R.finance)), changed_by=Sees(every=(R.finance,)), read_by=(R.boss, R.finance),
        rights={"create": (R.finance,), "edit": (R.finance,)},
    ),
})  # fmt: skip
