"""Rights are kept between requests, and a change of roles is in force at the next one. design.md §9; manual 3.1."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.appbuilder import Role
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.models.system.user import AppUser
from tests.support.statements import counted


def _asks_for_rights(browser: Any, path: str) -> bool:
    with counted() as sent:
        assert browser.open(path).status == 200
    return any("ab_permission" in statement for statement in sent)


def test_rights_are_read_once_and_not_at_every_page(at: Any, office: Any) -> None:
    lin = at("lin")
    lin.open("/customer/list/")
    assert not _asks_for_rights(lin, "/customer/list/")
    assert not _asks_for_rights(lin, "/salesorder/list/")


def test_a_right_taken_from_a_role_is_gone_at_the_next_request(at: Any, office: Any) -> None:
    lin = at("lin")
    assert lin.open("/salesorder/add").status == 200
    role = db.session.scalars(sa.select(Role).where(Role.name == "sales")).one()
    gone = [p for p in role.permissions if p.permission.name == "can_create" and p.view_menu.name == "sales_order"]
    assert gone

    def take() -> None:
        role.permissions = [p for p in role.permissions if p not in gone]

    in_unit_of_work(db.session(), take)
    assert lin.open("/salesorder/add").status == 403


def test_a_person_who_gets_another_role_works_in_it_at_once(at: Any, office: Any) -> None:
    xu = at("xu")
    assert xu.open("/setting/").status == 403

    def give() -> None:
        person = db.session.scalars(sa.select(AppUser).where(AppUser.username == "xu")).one()
        person.roles = [*person.roles, db.session.scalars(sa.select(Role).where(Role.name == "admin")).one()]

    in_unit_of_work(db.session(), give)
    assert xu.open("/setting/").status == 200


@pytest.mark.postgresql
def test_statements_keep_their_plans_from_one_page_to_the_next(at: Any, office: Any) -> None:
    """What only reads ends with COMMIT: at a ROLLBACK the driver would forget what it has prepared."""
    lin = at("lin")
    for _often in range(8):
        assert lin.open("/customer/list/").status == 200
    db.session.rollback()
    with db.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
    for asked in ("FROM ab_user", "FROM customer"):  # who is asking, and what the list shows
        assert any(asked in statement for statement in kept), kept


@pytest.mark.postgresql
def test_a_page_that_is_only_looked_at_cannot_write(app: Any) -> None:
    from app.core.db.unit_of_work import reading

    with app.app_context(), reading(), db.engine.connect() as connection:
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            connection.exec_driver_sql("UPDATE ab_user SET name = 'x'")
        connection.rollback()
