"""清单偏好 How a person likes a list: the columns they chose, the views they saved. design.md §8."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.appbuilder import Model
from app.core.db.base import KEPT_BY_SYSTEM, Row


class ListPreference(Row, Model):
    """One person's way with one list.

    columns  paths in order; none for the standard ones
    views    {"name", "query"}, oldest first; the query is that of the list's address
    """

    __tablename__ = "list_preference"
    __table_args__ = (sa.UniqueConstraint("user_id", "list_name", info=dict(KEPT_BY_SYSTEM)),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"))
    list_name: Mapped[str] = mapped_column(sa.String(60))
    columns: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    views: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
