"""The desks tell of purchases what is late and what is to come in. Manual 12.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.purchase.purchase_order import PurchaseOrder
from app.screens.desk.desk_parts import Action, Figure, Note, Rows, told_of
from app.screens.desk.desks import COMMON, add_to_desk
from app.security.roles import R

TO_RECEIVE = Rows(PurchaseOrder, "to_receive", sort="expected_on")
# What is late as well stands with the late ones, once.
TO_RECEIVE_IN_TIME = Rows(PurchaseOrder, "to_receive", since="expected_on", sort="expected_on")
LATE = Rows(PurchaseOrder, "late", sort="expected_on")

_MAKERS = (("receive", PurchaseOrder),)
to_receive = Figure(_l("Purchases to receive"), "shopping-bag", TO_RECEIVE, note=Note(LATE, _l("%(n)s of them late")))
late = Figure(_l("Late purchases"), "clock", LATE, _MAKERS, tone="stop")
purchases_late = told_of(_l("Late purchases"), "clock", LATE, ("supplier", "subject"), due="expected_on")
purchases_to_receive = told_of(
    _l("Purchases to receive"), "shopping-bag", TO_RECEIVE_IN_TIME, ("supplier", "subject"), due="expected_on",
    is_aside=True,
)  # fmt: skip
new_purchase = Action(_l("New purchase order"), "plus", "/purchaseorder/add", "create", PurchaseOrder)

add_to_desk(
    R.purchaser, figures={5: to_receive}, reminders={5: purchases_late, 30: purchases_to_receive}, waits={5: late},
    actions={10: new_purchase},
)  # fmt: skip
add_to_desk(R.finance, figures={60: to_receive})
add_to_desk(R.boss, reminders={50: purchases_late})
add_to_desk(COMMON, figures={90: late}, waits={70: late})
