"""The catalogue of a request is looked up once, for a page has hundreds of texts."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import Any

import flask_babel
from flask import Flask, g
from flask_babel import Domain, get_babel
from markupsafe import Markup

from app.core.cache.per_process import cached_per_process

_catalogue: ContextVar[Any] = ContextVar("catalogue", default=None)
_domain: ContextVar[Domain | None] = ContextVar("domain", default=None)
_domain_of_the_library = flask_babel.get_domain


def _current_domain() -> Any:
    """Return the domain in which the library's `gettext` looks; within a request the one found at its beginning.

    By itself it asks for request and application anew at each text.
    """
    return _domain.get() or _domain_of_the_library()


flask_babel.get_domain = _current_domain


def catalogue() -> Any:
    """Return the texts in the language of the request: one object for each language."""
    return _catalogue.get() or flask_babel.get_domain().get_translations()


class _KeptDomain(Domain):
    """This domain of the library looks for locale and catalogue at each text only outside a request."""

    def get_translations(self) -> Any:
        return _catalogue.get() or super().get_translations()


@cached_per_process(most=8192)
def _text(catalogue: Any, text: str) -> Markup:
    return Markup(catalogue.ugettext(text))  # noqa: S704 - our own texts


@cached_per_process(most=8192)
def _whole_text(catalogue: Any, text: str) -> Markup:
    return _text(catalogue, text) % {}


def install(app: Flask) -> None:
    babel = get_babel(app).instance
    known = babel.domain_instance
    domain = _KeptDomain(known.translation_directories, ";".join(known.domain))
    babel.domain_instance = domain

    def begin() -> None:
        g.catalogue = _catalogue.set(super(_KeptDomain, domain).get_translations()), _domain.set(domain)

    def end(_error: BaseException | None) -> None:
        tokens: tuple[Token[Any], Token[Any]] | None = g.pop("catalogue", None)
        if tokens is not None:
            _catalogue.reset(tokens[0])
            _domain.reset(tokens[1])

    app.before_request(begin)
    app.teardown_request(end)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: domain.get_translations().ugettext(text),
        lambda one, many, n: domain.get_translations().ungettext(one, many, n),
        newstyle=True,
    )

    def said(text: str, /, **values: Any) -> Markup:
        """Return the translated text for `_` in templates.

        Jinja's own looks up and formats each text anew, a hundred times a page.
        """
        known = domain.get_translations()
        return _text(known, text) % values if values else _whole_text(known, text)

    app.jinja_env.globals["_"] = said
