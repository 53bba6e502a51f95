"""Flask-AppBuilder's security manager with our user, our sign-in pages and no automatic tables or rights."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.manager import SecurityManager

from app.models.user import AppUser


class AppSecurityManager(SecurityManager):
    """Sign-in, sessions and tokens are the framework's; people, roles and pages are ours.

    `authdbview` is set by `app.views.auth` before the app builder is made, so that security knows no views.
    """

    user_model = AppUser

    def create_db(self) -> None:
        """Migrations make the tables and `crm init` the roles; several processes may start at once."""

    def register_views(self) -> None:
        """The token endpoint and our sign-in page; the framework's own security pages are left out."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def load_user(self, pk: Any) -> AppUser | None:
        """The user of a session or token while they may sign in."""
        if not str(pk).isdigit():
            return None
        user = self.get_user_by_id(int(pk))
        return user if user is not None and user.is_active and not user.has_left else None
