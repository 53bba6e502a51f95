"""撞单 A customer that a colleague looks after: what one learns of it, and how one asks for it. Manual 6.2, 6.5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.entry import ENTRIES
from app.models.customers.customer import Customer
from app.models.office.message import Message
from app.security.settings import set_setting
from tests.plugins.trips import tripped
from tests.support.office import Api, refused

HIDDEN = "宁波海天船舶配件有限公司"


def warned(office: Any, who: str, customer: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.person(who).does(
        lambda session, actor: ENTRIES[Customer].warnings(session, customer, actor)
    )
    return found


def limit(office: Any, most: int) -> None:
    office.admin.does(lambda session, _actor: set_setting(session, "collisions_per_hour", most))


@pytest.mark.sql
@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        ({}, {"name": "宁波海天船舶配件集团"}),
        ({"phone": "0574-87654321"}, {"name": "舟山远洋渔具", "phone": "0574-87654321"}),
        ({"mobile": "13900001111"}, {"name": "舟山远洋渔具", "mobile": "139 0000 1111"}),
        ({"tax_number": "91330200MA2AXXXX1B"}, {"name": "舟山远洋渔具", "tax_number": "91330200MA2AXXXX1B"}),
        ({"kind": "individual", "mobile": "13900001111"}, {"name": "舟山远洋渔具", "phone": "13900001111"}),
    ],
)
def test_of_a_colleagues_customer_its_owner_alone_is_told(
    office: Any, theirs: dict[str, Any], mine: dict[str, Any]
) -> None:
    """fault F6: the warning told name and owner of customers one may not see. §6.2, spec.md §6."""
    other = office.customer("lin", name=HIDDEN, **theirs)
    (warning,) = warned(office, "zhou", office.customer("zhou", **mine))
    assert warning["code"] == "near_duplicate"
    assert warning["message"] == "这个客户已由林晓跟进。您可以请求共享。"
    assert office.history(other)[-1] == "met_elsewhere"


@pytest.mark.sql
def test_a_mobile_number_of_a_contact_is_enough(office: Any) -> None:
    """fault F6: the trade knows a customer by its people. §6.2."""
    office.contact(office.customer("lin", name=HIDDEN), mobile="13900001111")
    (warning,) = warned(office, "zhou", office.customer("zhou", name="舟山远洋渔具", mobile="13900001111"))
    assert "林晓" in warning["message"]


@pytest.mark.parametrize("name", ["海天", "宁波海天", "宁波海天船舶配件物流有限公司", "船舶", "有限公司海"])
def test_a_word_of_the_name_tells_nothing(office: Any, name: str) -> None:
    """fault F6: a list by a word told everybody's customers. §6.2."""
    other = office.customer("lin", name=HIDDEN, phone="0574-87654321")
    assert warned(office, "zhou", office.customer("zhou", name=name, phone="87654321")) == []
    assert "met_elsewhere" not in office.history(other)


def test_what_one_sees_is_shown_fully(office: Any) -> None:
    """fault F6: one's own customers and those below one are named, a part of the name is enough. §6.2."""
    office.customer("lin", name=HIDDEN)
    for who, name in (("lin", "海天船舶"), ("manager", "宁波海天")):
        assert HIDDEN in warned(office, who, office.customer("lin", name=name))[0]["message"]


def test_so_many_are_told_in_an_hour(office: Any) -> None:
    """fault F6: whoever asks for customers one by one is told of some, and the log says of which. §6.2."""
    limit(office, 2)
    mine = []
    for n in range(3):
        office.customer("lin", name=f"宁波{n}号船厂", phone=f"0574-8765432{n}")
        mine.append(office.customer("zhou", name=f"舟山{n}号渔具", phone=f"0574-8765432{n}"))
    assert [warned(office, "zhou", customer)[0]["code"] for customer in mine[:2]] == ["near_duplicate"] * 2
    assert [w["code"] for w in warned(office, "zhou", mine[2])] == ["too_many_met"]
    limit(office, 3)
    # What is known already is not counted again.
    assert [w["code"] for w in warned(office, "zhou", mine[0])] == ["near_duplicate"]
    assert [w["code"] for w in warned(office, "zhou", mine[2])] == ["near_duplicate"]
    own = office.customer("xu", name="舟山乙渔具", phone="0574-87654322")
    assert {w["code"] for w in warned(office, "xu", own)} == {"near_duplicate"}, "each person has their own hour"


def test_a_refused_name_says_whose_it_is_and_stays_in_the_log(office: Any, api_as: Callable[[str], Api]) -> None:
    """fault F6: what the refusal told was forgotten with it. §6.2."""
    other = office.customer("lin", name=HIDDEN)
    db.session.commit()
    status, answer = api_as("zhou").post("customer/", {"kind": "company", "name": HIDDEN})
    assert (status, answer["code"]) == (422, "duplicate_name")
    assert "林晓" in answer["message"]
    db.session.rollback()
    assert office.history(other)[-1] == "met_elsewhere"
    limit(office, 1)
    office.customer("lin", name="象山船厂", phone="0574-65432100")
    warned(office, "xu", office.customer("xu", name="象山渔具", phone="0574-65432100"))
    db.session.commit()
    _status, answer = api_as("xu").post("customer/", {"kind": "company", "name": HIDDEN})
    assert answer["code"] == "duplicate_name"
    assert "林晓" not in answer["message"]


def test_the_owner_is_asked_for_sharing(office: Any) -> None:
    """§6.5: 请求共享: the owner gets a message about their own customer, and shares it or not."""
    other = office.customer("lin", name=HIDDEN, phone="0574-87654321")
    mine = office.customer("zhou", name="舟山远洋渔具", phone="0574-87654321")
    with refused("nobody_to_ask"):  # not before the warning has told: the button would tell without being counted
        office.zhou.fires("ask_sharing", mine)
    warned(office, "zhou", mine)
    office.zhou.fires("ask_sharing", mine)
    (message,) = db.session.scalars(sa.select(Message))
    assert (message.to.username, message.about.id) == ("lin", other.id)
    assert "舟山远洋渔具" in message.text
    with refused("asked_already"):
        office.zhou.fires("ask_sharing", mine)
    office.lin.fires("share", other, users=[office.zhou.actor.user_id])
    with refused("nobody_to_ask"):
        office.zhou.fires("ask_sharing", mine)


def test_nobody_is_asked_for_what_nobody_was_told_of(office: Any) -> None:
    """§6.5."""
    mine = office.customer("zhou", name="舟山远洋渔具")
    with tripped(Customer, "is_met_elsewhere"):
        office.zhou.fires("ask_sharing", mine)


def test_the_button_stands_where_it_leads_somewhere(office: Any, at: Callable[[str], Any]) -> None:
    """§6.5: who was warned finds it on their own customer's page; nobody else does."""
    office.customer("lin", name=HIDDEN, phone="0574-87654321")
    mine = office.customer("zhou", name="舟山远洋渔具", phone="0574-87654321")
    key = mine.id
    page = f"/customer/show/{key}"
    db.session.commit()
    assert "请求共享" not in at("zhou").open(page).text
    warned(office, "zhou", db.session.get_one(Customer, key))
    assert "请求共享" in at("zhou").open(page).text
