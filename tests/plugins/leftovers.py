"""A test leaves nothing open behind it: no transaction, no context, nothing in `g`; the next one would fail for it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from flask import g, has_app_context, has_request_context
from flask.globals import app_ctx, request_ctx

# Contexts that fixtures of a module or session keep open, and what was in their `g` when they had been made.
_kept: dict[Any, frozenset[str]] = {}


class LeftBehind(Exception):
    """What a test left open. It is closed now, so that only this test fails for it."""


def _context() -> Any:
    return app_ctx._get_current_object() if has_app_context() else None  # type: ignore[attr-defined]


def _request() -> Any:
    return request_ctx._get_current_object() if has_request_context() else None  # type: ignore[attr-defined]


def _close_contexts_above(kept: Any, request: Any = None) -> list[str]:
    """Close and name every context down to this request, if any, and to one of these of an application."""
    found = []
    while (opened := _request()) is not None and opened is not request:
        found.append("a request context")
        opened.pop(None)
    while (context := _context()) is not None and context not in kept:
        found.append("an application context")
        context.pop(None)
    return found


def _end_transaction() -> list[str]:
    from app.core.db.base import db

    if not (db.session.registry.has() and db.session().in_transaction()):
        return []
    db.session.rollback()
    return ["an open transaction of db.session"]


def _empty_g() -> list[str]:
    found = sorted(frozenset(g) - _kept[_context()])
    for name in found:
        g.pop(name)
    return [f"g.{name}" for name in found]


def close_leftovers() -> list[str]:
    """Close what no fixture keeps open, and name it."""
    found = _close_contexts_above(_kept)
    return found if _context() is None else found + _end_transaction() + _empty_g()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, Any, Any]:
    before = _context()
    made = yield
    if fixturedef.scope != "function" and (now := _context()) is not None and now is not before:
        _kept[now] = frozenset(g)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A context that the test itself opens is closed by it, even where one of a fixture lies below."""
    context, request, left = _context(), _request(), []
    try:
        result = yield
    finally:
        left = _close_contexts_above({context}, request)
    if left:
        raise LeftBehind(f"{item.nodeid} leaves behind: {', '.join(left)}")
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    left = []
    try:
        result = yield
    finally:
        left = close_leftovers()
    if left:
        raise LeftBehind(f"{item.nodeid} leaves behind: {', '.join(left)}")
    return result
