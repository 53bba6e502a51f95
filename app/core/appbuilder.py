"""Everything that is taken from Flask-AppBuilder passes through this file, so that a new release is met in one place.

Its classes carry no types: to mypy each of these names is `Any`.
"""

from __future__ import annotations

from flask_appbuilder import AppBuilder, BaseView, Model, expose

# This is set before any model is mapped: SQLite and Alembic can only change a constraint that has a name.
Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# ruff: noqa: E402 - the framework maps its own models when it is imported, so the names come first
from flask_appbuilder.api import BaseApi
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_appbuilder.security.sqla.models import User as BaseUser
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect

__all__ = [
    "SQLA",
    "AppBuilder",
    "AuthDBView",
    "BaseApi",
    "BaseUser",
    "BaseView",
    "Model",
    "Permission",
    "PermissionView",
    "Role",
    "SecurityManager",
    "ViewMenu",
    "assoc_permissionview_role",
    "assoc_user_role",
    "expose",
    "get_safe_redirect",
]
