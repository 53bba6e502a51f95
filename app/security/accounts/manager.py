"""Our security manager is Flask-AppBuilder's with our user, our sign-in pages and no automatic tables or rights."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app, request
from flask import session as browser_session
from sqlalchemy.orm import load_only

from app.core.appbuilder import SecurityManager
from app.core.cache.per_process import cached_per_process
from app.core.cache.per_version import begin_version
from app.core.db.unit_of_work import in_unit_of_work
from app.models.system.user import AppUser
from app.security import cache_version
from app.security.accounts import passwords, sessions
from app.security.accounts.people import user_named
from app.security.accounts.sign_in import record_sign_in, require_not_locked, unknown_name_key

# Every request asks who the person is, and whether they may still sign in.
_KNOWN = (
    AppUser.id, AppUser.username, AppUser.first_name, AppUser.last_name, AppUser.name, AppUser.email, AppUser.password,
    AppUser.active, AppUser.has_left, AppUser.password_given,
)  # fmt: skip


@cached_per_process()
def _with_version() -> sa.Select[Any]:
    """Return the person of a key while the session of a mark is open, and the version of what is kept."""
    is_them = sa.and_(AppUser.id == sa.bindparam("pk"), sessions.is_open())
    return sa.select(AppUser, cache_version.version()).where(is_them).options(load_only(*_KNOWN))


class AppSecurityManager(SecurityManager):
    """Sign-in, sessions and tokens are the framework's; people, roles and pages are ours.

    `authdbview` is set by `app.views.auth` before the app builder is made, so that security knows no views.
    """

    user_model = AppUser

    def create_db(self) -> None:
        """Do nothing: migrations make the tables and `crm init` the roles, for several processes may start at once."""

    def register_views(self) -> None:
        """Register the token endpoint and our sign-in page; the framework's own security pages are left out."""
        current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"] = passwords.dummy_hash()
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def find_user(self, username: Any = None, email: Any = None) -> AppUser | None:
        """Return the person of a login, in whatever case and width it is written, or of an e-mail address."""
        if username:
            return user_named(self.session(), str(username))
        return super().find_user(email=email)  # type: ignore[no-any-return]

    def auth_user_db(self, username: Any, password: Any) -> AppUser | None:
        """Return the person with this name and password; failures are counted and make everybody wait.

        errors  TooManyFailures
        """
        session = self.session()
        found = (self.find_user(username=username) or self.find_user(email=username)) if username else None
        key = found.id if found is not None else unknown_name_key(username or "")
        address = (request.remote_addr or "")[:60]
        require_not_locked(session, key, address)
        user = super().auth_user_db(username, password)
        is_ok = isinstance(user, AppUser) and not user.has_left
        record_sign_in(session, key, address, ok=is_ok)
        if not isinstance(user, AppUser) or not is_ok:
            return None
        if (user.password or "").partition("$")[0] != passwords.hash_method():
            self._keep_anew(user, password)
        return user

    def _keep_anew(self, user: AppUser, password: str) -> None:
        """Store the password by today's method when it was stored by an earlier one, now that it is known."""
        session, people = self.session(), AppUser.__table__
        # A change at the same time wins.
        as_it_was = sa.and_(people.c.id == user.id, people.c.password == user.password)
        statement = sa.update(people).where(as_it_was).values(password=passwords.hashed(password))
        in_unit_of_work(session, lambda: session.execute(statement))
        session.refresh(user)

    def load_user(self, pk: Any) -> AppUser | None:
        """Return the person of a browser's session."""
        return self.person(pk, browser_session.get(sessions.SEAL))

    def person(self, pk: Any, seal: Any) -> AppUser | None:
        """Return the person of a session or token while they may sign in and it has not been ended."""
        key = str(pk)
        if not (key.isascii() and key.isdigit() and len(key) < 10 and seal):
            return None
        found = self.session().execute(_with_version(), {"pk": int(key), "mark": sessions.seal_digest(seal)}).first()
        if found is None or not found[0].is_active or found[0].has_left:
            return None
        begin_version(self.session(), found[1])
        return found[0]  # type: ignore[no-any-return]
