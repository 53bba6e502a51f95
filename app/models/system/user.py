"""用户 User: people, their superiors and the role they work in. Manual 3.1; spec.md §1."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from app.core.appbuilder import BaseUser, Model
from app.core.db.base import KEPT_BY_SYSTEM, Row
from app.core.db.types import UtcDateTime
from app.core.record.fields import label_fields
from app.core.record.naming import name_of
from app.core.search.normal_forms import normal_form_of
from app.core.text import folded


class AppUser(BaseUser):
    """A person who signs in. Columns beside Flask-AppBuilder's own live in the same table.

    password_given  it was chosen by somebody else, who knows it: good for nothing but choosing one's own
    """

    __tablename__ = "ab_user"
    __singular__ = _l("user")
    __plural__ = _l("Users")
    __display_columns__ = ("name", "has_left")
    __table_args__ = {"extend_existing": True}
    __audited__ = True
    __untold__ = {
        "password", "password_given", "last_login", "login_count", "fail_login_count", "created_on", "changed_on",
    }  # fmt: skip

    # By it people are found when they sign in: capitals and full-width letters make no other login.
    username_key: Mapped[str] = mapped_column(
        sa.String(128), server_default="", unique=True, index=True, info=normal_form_of("username", folded)
    )
    name: Mapped[str] = mapped_column(sa.String(60), default="")
    department: Mapped[str | None] = mapped_column(sa.String(60))
    mobile: Mapped[str | None] = mapped_column(sa.String(20))
    has_left: Mapped[bool] = mapped_column(default=False)
    password_given: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)

    manager: Mapped[AppUser | None] = relationship("AppUser", remote_side="AppUser.id", foreign_keys=[manager_id])

    @staticmethod
    def __display_text__(name: str, has_left: bool | None) -> str:
        """A person who left keeps standing on old records, marked as such."""
        return str(_("%(name)s (left)", name=name)) if has_left else name

    def __str__(self) -> str:
        return name_of(self)

    def get_full_name(self) -> str:
        return str(self)


class UserSuperior(Row, Model):
    """Everyone above a person, all the way up, and the person themselves at depth 0: one join instead of a walk."""

    __tablename__ = "user_superior"
    __table_args__ = (sa.UniqueConstraint("user_id", "superior_id", info=dict(KEPT_BY_SYSTEM)),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    superior_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    depth: Mapped[int]


class UserSession(Row, Model):
    """One browser or program that somebody signed in with, until they sign out or are signed out there.

    seal        what the cookie or token carries, hashed: who reads this table can make neither
    agent       what it calls itself
    is_program  it holds a token instead of a cookie
    """

    __tablename__ = "user_session"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    seal: Mapped[str] = mapped_column(sa.String(64), unique=True, info=dict(KEPT_BY_SYSTEM))
    began_at: Mapped[dt.datetime] = mapped_column(UtcDateTime())
    address: Mapped[str] = mapped_column(sa.String(60))
    agent: Mapped[str] = mapped_column(sa.String(200))
    is_program: Mapped[bool] = mapped_column(default=False)


class Owned:
    """A row with an owner: whoever made it, unless they named someone below them.

    __owner_field__  what the owner is called on this model; `owner` names the same person everywhere
    """

    __owner_field__: ClassVar[str] = "owner"

    if TYPE_CHECKING:
        owner_id: Mapped[int]
        owner: Mapped[AppUser]

    def __init_subclass__(cls, **options: Any) -> None:
        if Model in cls.__mro__ and cls.__owner_field__ not in cls.__dict__:
            name = cls.__owner_field__
            key = mapped_column(sa.ForeignKey("ab_user.id"), index=True, nullable=False)
            setattr(cls, f"{name}_id", key)
            setattr(cls, name, relationship(AppUser, foreign_keys=[key]))
            if name != "owner":
                cls.owner_id, cls.owner = synonym(f"{name}_id"), synonym(name)
        super().__init_subclass__(**options)


label_fields(
    AppUser,
    username=_l("Login"), name=_l("Person's name"), department=_l("Department"), mobile=_l("Mobile"),
    has_left=_l("Has left"), manager=_l("Superior"), roles=_l("Roles"), active=_l("May sign in"),
    email=_l("E-mail"),
)  # fmt: skip
