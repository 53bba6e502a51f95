"""登录 People sign in and out, switch roles and change their own password. Manual 3.1; quality.md R-sign-in."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError

from app.core.appbuilder import AuthDBView, expose, get_safe_redirect
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError, NotAllowed, no_such_row
from app.models.system.user import AppUser
from app.screens.form.forms import Control, place_errors
from app.screens.form.saving import Done, once
from app.screens.web.current_actor import current_actor, in_write, only_read
from app.screens.web.errors import is_api
from app.security.accounts import sessions
from app.security.accounts.manager import AppSecurityManager
from app.security.accounts.sign_in import record_sign_in, record_sign_out, require_not_locked
from app.workflows.system.user import change_password

LONGEST_NAME = 120
_ASKED_BY_PAGES = {"DeskView.waiting", "ImportView.status"}
_WITHOUT_OWN_PASSWORD = {"SignInView.password", "LocaleView.index", "SignInView.logout", "static", "versioned_static"}
_DOORS = {"SignInView.login", "SignInView.logout", "LocaleView.index"}


class Sessions(SecureCookieSessionInterface):
    """This interface gives a cookie to, or takes it from, only those who are signed in or signing in."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Leave a stranger's cookie alone elsewhere.

        What a page asked just before its session ended is answered after the sign-in page is drawn, and would take
        that page's token away.
        """
        if "_user_id" in session or request.endpoint in _DOORS:
            super().save_session(app, session, response)


def own_address(text: str) -> str:
    """Return a path of this site as it is; any address that might lead elsewhere becomes the desk."""
    is_path = text.startswith("/") and text[1:2] not in ("/", "\\") and text.isprintable()
    return get_safe_redirect(text) if is_path else "/"


class SignInView(AuthDBView):
    """`/login/` takes the fields username, password, csrf_token."""

    @expose("/login/", methods=("GET", "POST"))
    def login(self) -> ResponseReturnValue:
        """Show the sign-in page; a person who is signed in goes on to where they wanted."""
        wanted = own_address(request.args.get("next", ""))
        if getattr(current_user, "is_authenticated", False):
            return redirect(wanted)
        if request.method == "GET":
            return self._page()
        name = request.form.get("username", "").replace("\x00", "").strip()[:LONGEST_NAME]
        try:
            current_app.extensions["csrf"].protect()
        except CSRFError:  # Another sign-in page was opened since this one, or this one is days old.
            g.refused = "csrf"
            return self._page(name, _("This page was too old. Please enter your password once more."), 400)
        try:
            user = self.appbuilder.sm.auth_user_db(name, request.form.get("password", ""))
        except AppError as error:  # too many failures
            only_read()
            return self._page(name, error.message, error.http_status)
        if not isinstance(user, AppUser) or user.has_left:
            return self._page(name, _("Name or password is wrong."), 401)
        browser_session.clear()
        login_user(user)
        session = db.session()
        sessions.begin_session(browser_session, in_unit_of_work(session, lambda: opened_session(user.id)))
        browser_session.permanent = True
        return redirect(wanted, 303)

    def _page(self, name: str = "", error: str = "", status: int = 200) -> ResponseReturnValue:
        return render_template("auth/login.html", name=name, error=error), status

    @expose("/logout/", methods=("POST",))
    def logout(self) -> ResponseReturnValue:
        """Sign the person out of this session, so that a copy of the cookie is worth nothing.

        Other devices have a page of their own.
        """
        if getattr(current_user, "is_authenticated", False):
            in_write(_leave)
        logout_user()
        browser_session.clear()
        return redirect("/login/", 303)

    @expose("/role/<code>", methods=("POST",))
    def role(self, code: str) -> ResponseReturnValue:
        """Switch to another of one's roles: menu and desk follow, rights stay the union. Manual 3.1."""
        if code not in current_actor().roles:
            raise no_such_row()
        browser_session["active_role"] = code
        return redirect(url_for("DeskView.index"), 303)

    @expose("/password", methods=("GET", "POST"))
    def password(self) -> ResponseReturnValue:
        """Show and take the form of one's own password; guesses at the old one are counted like failures to sign in."""
        actor = current_actor()
        if request.method == "GET":
            return self._password_page()
        given = {name: request.form.get(name, "") for name in ("old", "password", "again")}
        address = (request.remote_addr or "")[:60]

        def change() -> Done:
            user = db.session.get_one(AppUser, actor.user_id)
            change_password(db.session(), user, given["old"], given["password"], given["again"])
            g.seal = opened_session(user.id)
            return Done("/", [(_("Your password has been changed."), "success")])

        try:
            require_not_locked(db.session(), actor.user_id, address)
            answer = once(change)
        except AppError as error:
            if error.code == "wrong_password":
                db.session.rollback()
                record_sign_in(db.session(), actor.user_id, address, ok=False)
            return self._password_page(error)
        if "seal" in g:
            sessions.begin_session(browser_session, g.seal)
        return answer

    def _password_page(self, error: AppError | None = None) -> ResponseReturnValue:
        labels = {"old": _("Present password"), "password": _("New password"), "again": _("New password again")}
        controls = [Control(name, label, "password", required=True) for name, label in labels.items()]
        controls[0].hint_kind = "current-password"
        notes = place_errors(controls, error) if error else []
        is_due = current_user.password_given
        page = render_template("auth/password.html", controls=controls, errors=notes, is_due=is_due)
        return page, error.http_status if error else 200


def opened_session(user_id: int, *, is_program: bool = False) -> str:
    """Open a session for the browser or program that sends this request and return its seal."""
    address, agent = (request.remote_addr or "")[:60], request.user_agent.string
    return sessions.open_session(db.session(), user_id, address=address, agent=agent, is_program=is_program)


def _leave() -> None:
    user_id = current_actor().user_id
    sessions.end_this_session(db.session(), user_id, browser_session.get(sessions.SEAL))
    record_sign_out(db.session(), user_id, user_id, (request.remote_addr or "")[:60])


def _end_old_sessions() -> None:
    """End a session that was ended elsewhere, whose person may not sign in any more, or that is too old."""
    # This is asked first: the framework may read a person from its own cookie, and only then are they in the session.
    is_known = current_user.is_authenticated
    if "_user_id" not in browser_session:
        return
    if not is_known or sessions.is_over(browser_session, is_busy=request.endpoint not in _ASKED_BY_PAGES):
        logout_user()
        browser_session.clear()
        g.user = current_user


def _ask_for_own_password() -> ResponseReturnValue | None:
    """Redirect to the page of one's own password while somebody else's password is in use.

    errors  NotAllowed "password_due" for what is no page
    """
    if request.endpoint in _WITHOUT_OWN_PASSWORD or not getattr(current_user, "password_given", False):
        return None
    if request.method == "GET" and not is_api():
        return redirect("/password")
    raise password_is_due()


def password_is_due() -> NotAllowed:
    text = _("This password was given to you by somebody else. Please choose your own first.")
    return NotAllowed("password_due", text)


def install(app: Flask) -> None:
    """Hand our sign-in page to the security manager, which asks for it while it is made."""
    AppSecurityManager.authdbview = SignInView
    app.session_interface = Sessions()
    app.before_request(_end_old_sessions)
    app.before_request(_ask_for_own_password)
