"""What must be true before a sales order takes a step. Each guard is a fact; it writes nothing. Manual 8.7, 8.10, 11.6."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.errors import AppError, NotAllowed, Refused
from app.models.sales.sales_order import OrderStatus, SalesOrder, ShippingStatus


def nothing_received(order: SalesOrder, actor: Actor) -> AppError | None:
    """No money has been received for the order, and none given back."""
    if not order.received and not order.refunded:
        return None
    return Refused("received", _("Money has been received for this order already."))


def is_not_stopped(order: SalesOrder, actor: Actor) -> AppError | None:
    """The order has not been stopped."""
    if order.status is not OrderStatus.stopped:
        return None
    return Refused("stopped", _("The order was stopped. Reopen it first."))


def is_not_closed_short(order: SalesOrder, actor: Actor) -> AppError | None:
    """The order was not ended before all was delivered."""
    if not order.is_closed_short:
        return None
    return Refused("closed_short", _("The order was ended before all was delivered. Reopen it first."))


def is_superior_once_delivered(order: SalesOrder, actor: Actor) -> AppError | None:
    """Once goods have left, somebody above the owner ends the order, not the owner. spec.md §8."""
    is_done = order.is_fully_shipped and order.is_fully_received
    if is_done or not any(line.shipped for line in order.lines) or actor.user_id != order.owner_id:
        return None
    return NotAllowed("superior_ends", _("Goods have left already, so a superior of yours ends this order."))


def is_not_ended(order: SalesOrder, actor: Actor) -> AppError | None:
    """The order has not ended yet."""
    return None if order.status is not OrderStatus.ended else Refused("ended", _("The order has ended already."))


def is_not_executing(order: SalesOrder, actor: Actor) -> AppError | None:
    """The order was ended or stopped."""
    if order.status is not OrderStatus.executing or order.is_closed_short:
        return None
    return Refused("executing", _("The order is being executed; there is nothing to reopen."))


def is_not_paid_unshipped(order: SalesOrder, actor: Actor) -> AppError | None:
    """Not paid in full while goods are still to be shipped. Manual 8.10."""
    if not order.is_fully_received or order.is_fully_shipped:
        return None
    return Refused("paid_not_shipped", _("All money is in but not all goods are shipped, so the order cannot end yet."))


def is_not_done(order: SalesOrder, actor: Actor) -> AppError | None:
    """Something is still to be shipped or received."""
    if not (order.is_fully_received and order.is_fully_shipped):
        return None
    return Refused("done", _("Everything is shipped and paid; there is nothing left to stop."))


def nothing_waits(order: SalesOrder, actor: Actor) -> AppError | None:
    """No issued goods wait for shipping."""
    if order.shipping_status is not ShippingStatus.to_ship:
        return None
    return Refused("to_ship", _("Issued goods wait for shipping. Ship them or cancel their issue first."))


def consignee_known(order: SalesOrder, actor: Actor) -> AppError | None:
    """Consignee, phone and address are given before goods are requested. Manual 11.6."""
    if order.consignee and order.consignee_phone and order.consignee_address:
        return None
    text = _("Please enter consignee, phone and address first: the keeper ships to them.")
    return Refused("no_consignee", text, field="consignee")
