"""The cast of the demo firm and of the tests: people, superiors, roles. design.md §7."""

from __future__ import annotations

import os
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.appbuilder import Role
from app.core.files.written import write_whole
from app.demo.parts import parts_in_order
from app.models.system.user import AppUser
from app.security.accounts.passwords import hashed
from app.security.accounts.people import user_named
from app.security.roles import R
from config import INSTANCE

# login → name, role, login of the superior
CAST: dict[str, tuple[str, R, str | None]] = {
    "admin": ("营销助理", R.admin, "boss"),
    "boss": ("总经理", R.boss, None),
    "director": ("营销总监", R.sales_director, "boss"),
    "manager": ("销售主管", R.sales_manager, "director"),
    "lin": ("林晓", R.sales, "manager"),
    "zhou": ("周涛", R.sales, "manager"),
    "xu": ("许可", R.sales, "director"),
    "ma": ("马宁", R.sales, "director"),
    "assistant": ("销售助理", R.sales_assistant, "director"),
    "service": ("客服专职", R.service, "boss"),
    "engineer": ("售后工程师", R.engineer, "boss"),
    "purchaser": ("采购", R.purchaser, "boss"),
    "keeper": ("库管", R.warehouse, "boss"),
    "finance": ("财务", R.finance, "boss"),
    "marketing": ("市场", R.marketing, "boss"),
    "product": ("产品管理员", R.product_manager, "boss"),
    "technical": ("技术", R.technical, "boss"),
}


def new_user(session: Session, login: str, name: str, role: R, password_hash: str) -> AppUser:
    found = session.scalars(sa.select(Role).where(Role.name == str(role))).one()
    user = AppUser(
        username=login, name=name, first_name=name, last_name="", email=f"{login}@localhost", active=True,
        password=password_hash, roles=[found],
    )  # fmt: skip
    session.add(user)
    return user


def demo_password() -> str:
    """The one password of the demo: from DEMO_PASSWORD, else made once and kept beside the database.

    It is kept so that every later start can say again how to sign in; production has neither file nor demo.
    """
    path = INSTANCE / "demo_password"
    if path.exists():
        return path.read_text().strip()
    password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
    INSTANCE.mkdir(parents=True, exist_ok=True)
    write_whole(path, password.encode(), 0o600)
    return password


def first_administrator(session: Session, *, production: bool) -> str | None:
    """Make `admin` when nobody can sign in yet; returns their password when it was made just now."""
    if session.execute(sa.select(AppUser.id).limit(1)).first():
        return None
    password = secrets.token_urlsafe(16) if production else demo_password()
    new_user(session, "admin", CAST["admin"][0], R.admin, hashed(password))
    session.flush()
    return password


def build_people(session: Session, password: str) -> None:
    """The cast with superiors, and what areas add to it. Existing people keep what they have."""
    password_hash = hashed(password)
    people = {}
    for login, (name, role, _superior) in CAST.items():
        people[login] = user_named(session, login) or new_user(session, login, name, role, password_hash)
        if login == "admin":
            people[login].password = password_hash
    session.flush()
    for login, (_name, _role, superior) in CAST.items():
        if superior and people[login].manager_id is None:
            people[login].manager_id = people[superior].id
    session.flush()
    for part in parts_in_order():
        if part.with_people:
            list(part.build(session))
