"""会话 People see where they are signed in and sign out there; administrators do so for others. docs/asvs.md V7."""

from __future__ import annotations

from flask import render_template, request
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.kinds.relation import row_key
from app.models.system.user import AppUser
from app.screens.form.saving import Done, once
from app.screens.web.agents import agent_icon, agent_text
from app.screens.web.current_actor import current_actor
from app.security.accounts import sessions
from app.security.policy import require_visible
from app.workflows.system.user import require_may_sign_out, sign_out_of


class SessionView(BaseView):
    """`/session/` shows one's own sessions, `/session/user/<id>` those of a person to those who may end them."""

    route_base = "/session"
    default_view = "own"

    @expose("/")
    def own(self) -> ResponseReturnValue:
        actor = current_actor()
        return self._page(db.session.get_one(AppUser, actor.user_id), actor)

    @expose("/user/<int:pk>")
    def of_person(self, pk: int) -> ResponseReturnValue:
        actor = current_actor()
        require_may_sign_out(pk, actor)
        return self._page(require_visible(db.session(), AppUser, pk, actor), actor)

    def _page(self, person: AppUser, actor: Actor) -> ResponseReturnValue:
        this = sessions.seal_digest(browser_session.get(sessions.SEAL))
        places = [
            {
                "key": place.id, "since": place.began_at, "address": place.address, "is_this": place.seal == this,
                "told": agent_text(place.agent, is_program=place.is_program),
                "icon": agent_icon(place.agent, is_program=place.is_program),
            }
            for place in sessions.open_sessions(db.session(), person.id)
        ]  # fmt: skip
        is_own = person.id == actor.user_id
        return render_template("user/sessions.html", person=person, is_own=is_own, places=places)

    @expose("/end/<int:pk>", methods=("POST",))
    def end(self, pk: int) -> ResponseReturnValue:
        """Sign a person out: where `key` says, or everywhere but here."""
        actor = current_actor()
        key, is_own = row_key(request.form.get("key", "")), pk == actor.user_id

        def out() -> Done:
            ended = sign_out_of(db.session(), pk, key, actor, here=browser_session.get(sessions.SEAL))
            told = _("Signed out at %(n)s places.", n=ended) if key is None else _("Signed out there.")
            return Done("/session/" if is_own else f"/session/user/{pk}", [(told, "success")])

        return once(out)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(SessionView)
