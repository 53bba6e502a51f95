"""撞单 Two people look after one customer: who enters it a second time learns whose it is, and nothing else. Manual 6.2, 6.5.

Among the customers that a person sees, everything that looks the same is shown. Of a colleague's customer they do not
see, they learn who looks after it, and only when its whole name, a telephone number or the tax number is the same. This
is told so many times an hour at most, and stands in the log of the customer that was met.
docs/decisions/0015-customers-met-twice.md
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.locks import lock
from app.core.db.types import RecordReference
from app.core.db.unit_of_work import keep_although_refused
from app.core.errors import AppError, Refused
from app.core.flow.workflow import Move, session_of
from app.core.record.audit import AuditEntry, label_acts
from app.core.search.index import has_number, matches
from app.core.search.phone import numbers_in, share_a_number
from app.core.text import normalised
from app.models.customers.customer import Contact, Customer, CustomerKind
from app.models.office.message import Message
from app.models.system.user import AppUser
from app.security.policy import visible
from app.security.settings import declare_setting, setting
from app.workflows.office.message import tell

# Words that make no company different from another.
LEGAL_FORMS = ("股份", "有限", "责任", "公司", "集团", "(", ")", "（", "）")
_LEGAL_FORM = re.compile("|".join(map(re.escape, LEGAL_FORMS)))
MET = "met_elsewhere"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MOST_SHOWN = 5
label_acts({MET: _l("Told whose customer it is")})
declare_setting("collisions_per_hour", _l("Colleagues' customers a person may meet in an hour"), 20, kind="integer",
                lowest=1, highest=1000)  # fmt: skip


@dataclass(frozen=True)
class Met:
    """A customer that this person does not see and has met: its key, and who looks after it."""

    key: int
    owner_id: int
    owner: str


def core_name(name: str) -> str:
    """A company's name without its legal form: what a duplicate would share."""
    return _LEGAL_FORM.sub("", normalised(name))


def seen_alike(session: Session, row: Customer, actor: Actor) -> list[Customer]:
    """Customers the person sees that may be the same: a part of the name, telephone, tax number. spec.md §6."""
    alike = _same_numbers(session, row, whole=False)
    core = core_name(row.name)
    if row.kind == CustomerKind.company and len(core) >= 2:
        alike.append(matches(Customer, core))
    if not alike:
        return []
    query = visible(sa.select(Customer).where(sa.or_(*alike), Customer.id != (row.id or 0)), Customer, actor)
    return list(session.scalars(query.order_by(Customer.id).limit(MOST_SHOWN)))


def met_elsewhere(session: Session, row: Customer, actor: Actor) -> list[Met]:
    """Customers the person does not see, of the same whole name, telephone or tax number; each is counted and logged.

    errors  Refused "too_many_met" when the person has met too many within the hour
    """
    query = _unseen(session, row, actor)
    if query is None:
        return []
    lock(session, lambda: {(MET, actor.user_id)})  # so that two requests at once are counted one after the other
    known = set(session.scalars(_told(actor, HOUR)))
    limit = setting(session, "collisions_per_hour")
    if len(known) >= limit:
        text = _("You have met %(n)s customers of colleagues within an hour. Others are told later.", n=len(known))
        raise Refused("too_many_met", text)
    found = [Met(key, owner_id, owner) for key, owner_id, owner in session.execute(query.limit(MOST_SHOWN))]
    new = [met for met in found if met.key not in known][: limit - len(known)]
    for met in new:
        _log(session, met.key, row.name, actor)
    return [met for met in found if met.key in known or met in new]


def _log(session: Session, key: int, name: str, actor: Actor) -> None:
    """Write who has met the customer, and by which name, whether or not their own is saved."""
    told = {"user_id": actor.user_id, "role": actor.active_role, "model": "customer", "record_id": key}
    keep_although_refused(session, lambda: session.add(AuditEntry(**told, action=MET, note=name, changes={})))


def _told(actor: Actor, lately: dt.timedelta) -> Any:
    """Return the keys of the customers that this person has met of late."""
    entry = AuditEntry
    query = sa.select(entry.record_id).where(entry.model == "customer", entry.action == MET)
    return query.where(entry.user_id == actor.user_id, entry.at > utc_now() - lately)


def _unseen(session: Session, row: Customer, actor: Actor) -> Any:
    """Return the query of key and owner of customers that are the same and not seen; None where nothing is given."""
    same = _same_numbers(session, row, whole=True)
    core = core_name(row.name)
    if row.kind == CustomerKind.company and len(core) >= 2:
        kept: Any = Customer.name_key
        for word in LEGAL_FORMS:
            kept = sa.func.replace(kept, word, "")
        same.append(sa.and_(Customer.kind == CustomerKind.company, matches(Customer, core), kept == core))
    if not same:
        return None
    seen = visible(sa.select(Customer.id), Customer, actor)
    query = sa.select(Customer.id, Customer.owner_id, AppUser.name).join(AppUser, AppUser.id == Customer.owner_id)
    return query.where(sa.or_(*same), Customer.id != (row.id or 0), Customer.id.not_in(seen)).order_by(Customer.id)


def _same_numbers(session: Session, row: Customer, *, whole: bool) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that tax number or a telephone is the same, the telephone of a contact too.

    whole  a fixed line without its area code is not the same as one that names it
    """
    same = [Customer.tax_number == row.tax_number] if row.tax_number else []
    ours, found = (row.phone, row.mobile), set()
    numbers = {number for text in ours for number in numbers_in(text)}
    for number in numbers:
        for model, key in ((Customer, Customer.id), (Contact, Contact.customer_id)):
            rows = session.execute(sa.select(key, model.phone, model.mobile).where(has_number(model, number)))
            for customer, *theirs in rows:
                is_whole = not numbers.isdisjoint(number for text in theirs for number in numbers_in(text))
                if is_whole or (not whole and share_a_number(ours, theirs)):
                    found.add(customer)
    return [*same, Customer.id.in_(found)] if found else same


def warnings_about(session: Session, row: Customer, actor: Actor) -> list[dict[str, Any]]:
    """What the person should look at: customers of theirs that look the same, and whose customer this is already."""
    found = [
        {
            "code": "near_duplicate",
            "message": _("Looks like “%(name)s” of %(owner)s.", name=other.name, owner=str(other.owner)),
        }
        for other in seen_alike(session, row, actor)
    ]
    try:
        owners = {met.owner for met in met_elsewhere(session, row, actor)}
    except Refused as refusal:
        return [*found, {"code": refusal.code, "message": refusal.message}]
    for owner in sorted(owners):
        text = _("%(owner)s looks after this customer already. You may ask for sharing.", owner=owner)
        found.append({"code": "near_duplicate", "message": text})
    return found


def taken_name(session: Session, row: Customer, actor: Actor) -> Refused:
    """The refusal of a company's name that is on file: whose it is, where the person may learn that."""
    text = _("A company named “%(name)s” is already on file.", name=row.name)
    try:
        owners = {met.owner for met in met_elsewhere(session, row, actor)}
    except Refused:
        owners = set()
    if owners:
        text += " " + _("%(owner)s looks after it: please ask them to share it.", owner="、".join(sorted(owners)))
    return Refused("duplicate_name", text, field="name")


# The step: asking for sharing


def is_met_elsewhere(customer: Customer, actor: Actor) -> AppError | None:
    """A colleague looks after the same customer, as the person was told, and has not been asked yet."""
    session = session_of(customer)
    found = _to_ask(session, customer, actor)
    if not found:
        text = _("You have not been told of a colleague's customer that is the same as this one.")
        return Refused("nobody_to_ask", text)
    if not _not_asked(session, found, actor):
        return Refused("asked_already", _("You have asked already; your message has not been read yet."))
    return None


def _to_ask(session: Session, customer: Customer, actor: Actor) -> list[Met]:
    """The customers met of which the person was told within a day: asking must not tell more than the warning did."""
    query = _unseen(session, customer, actor)
    if query is None:
        return []
    told = query.where(Customer.id.in_(_told(actor, DAY)))
    return [Met(key, owner_id, owner) for key, owner_id, owner in session.execute(told.limit(MOST_SHOWN))]


def _not_asked(session: Session, found: list[Met], actor: Actor) -> list[Met]:
    """Those of them about whom the person has no unread message waiting."""
    about = [RecordReference.to("customer", met.key) for met in found]
    query = sa.select(Message.about).where(
        Message.created_by_id == actor.user_id, Message.about.in_(about), Message.read_at.is_(None)
    )
    asked = set(session.scalars(query))
    return [met for met, reference in zip(found, about, strict=True) if reference not in asked]


def ask_for_sharing(move: Move) -> None:
    """Tell each owner who asks, and for which of their customers."""
    customer, session = move.document, move.session
    found = _not_asked(session, _to_ask(session, customer, move.actor), move.actor)
    for met in found:
        theirs = session.get_one(Customer, met.key)
        text = _(
            "%(who)s has entered “%(name)s” too, and asks you to share “%(theirs)s”.",
            who=move.actor.name, name=customer.name, theirs=theirs.name,
        )  # fmt: skip
        tell(session, met.owner_id, text, about=theirs)
    move.changes["asked"] = [None, "、".join(sorted({met.owner for met in found}))]
