"""工作台 The desk: what waits for this person; each figure is counted as the list behind it. Manual 3.1, 3.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.base import db
from app.core.numbering import SHANGHAI
from app.core.types import utc_now
from app.models.customer import Customer
from app.models.goods_issue import GoodsIssue
from app.models.payment import Payment, PaymentPlan
from app.models.sales_order import SalesOrder
from app.reports.desk import counts
from app.views.acting import current_actor
from app.views.cells import greeting, page_of
from app.views.registry import VIEWS


@dataclass(frozen=True)
class Waiting:
    """A ready-made view of a list, for whoever holds any of these rights (right, model)."""

    label: Any
    icon: str
    model: type[Any]
    preset: str
    rights: tuple[tuple[str, type[Any]], ...]
    tone: str = ""

    def condition(self, actor: Actor) -> Any:
        """What the list is narrowed to; None where it is not offered or is not this person's business."""
        view = VIEWS.get(self.model)
        if view is None or self.preset not in view.presets or not actor.may("read", self.model):
            return None
        if not any(actor.may(right, model) for right, model in self.rights):
            return None
        return view.presets[self.preset][1](actor)


_COLLECTORS = (("plan", SalesOrder), ("create", Payment))
DESK = (
    Waiting(_l("To approve"), "rubber-stamp", SalesOrder, "waiting", (("approve", SalesOrder),), "wait"),
    Waiting(_l("Orders sent back"), "thumb-down", SalesOrder, "rejected", (("submit", SalesOrder),), "stop"),
    Waiting(_l("Orders to ship"), "package-export", SalesOrder, "to_ship", (("issue", SalesOrder),)),
    Waiting(_l("Late orders"), "clock", SalesOrder, "late", (("issue", SalesOrder),), "stop"),
    Waiting(_l("Issues to confirm"), "clipboard-check", GoodsIssue, "confirm", (("confirm", GoodsIssue),), "wait"),
    Waiting(_l("Goods to ship"), "truck-delivery", GoodsIssue, "ship", (("ship", GoodsIssue),), "wait"),
    Waiting(_l("Payments due"), "calendar-dollar", PaymentPlan, "due", _COLLECTORS),
    Waiting(_l("Payments overdue"), "alert-triangle", PaymentPlan, "overdue", _COLLECTORS, "stop"),
    Waiting(_l("Prepayments without order"), "cash", Payment, "unassigned", (("create", Payment),), "wait"),
    Waiting(_l("My customers"), "building-store", Customer, "mine", (("create", Customer),)),
    Waiting(_l("Hot customers"), "flame", Customer, "hot", (("mark_hot", Customer),)),
)


@dataclass(frozen=True)
class Card:
    """One figure of the desk."""

    waiting: Waiting
    count: int

    @property
    def href(self) -> str:
        return f"{page_of(self.waiting.model)}/list/?view={self.waiting.preset}"


def cards(actor: Actor) -> list[Card]:
    """What concerns this person."""
    offered = [(waiting, waiting.condition(actor)) for waiting in DESK]
    mine = [(waiting, condition) for waiting, condition in offered if condition is not None]
    found = counts(db.session(), [(waiting.model, condition) for waiting, condition in mine], actor)
    return [Card(waiting, count) for (waiting, _condition), count in zip(mine, found, strict=True)]


class DeskView(BaseView):
    """The page at `/`."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Greeting and what waits."""
        actor = current_actor()
        now = utc_now().astimezone(SHANGHAI)
        return render_template("desk/desk.html", greeting=greeting(now.hour), now=now, cards=cards(actor), actor=actor)


def register(builder: AppBuilder) -> None:
    """Flask-AppBuilder registers the desk itself, as its index view."""
