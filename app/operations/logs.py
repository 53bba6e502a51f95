"""What the system says while it runs: lines for a person at a terminal, JSON for machines in production.

Serving processes write to stdout; commands to stderr, for their stdout is their answer. Nothing that was typed into
the system stands in a line: no query, no form, no parameters of SQL.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import click
import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _Out(logging.StreamHandler[TextIO]):
    """Looks for its stream at every line: commands and tests put others in its place."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout if is_serving() else sys.stderr


def is_serving() -> bool:
    """Whether this process answers requests, rather than runs a command."""
    context = click.get_current_context(silent=True)
    return context is None or context.info_name == "run"


def wants_json(environment: str, wanted: str) -> bool:
    return wanted == "json" or (not wanted and environment == "production")


def prepare(environment: str, wanted: str) -> None:
    """Say how lines look. May be called again: the last call counts."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )  # fmt: skip
    handler = _Out()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_shape(environment, wanted)],
        )
    )
    root = logging.getLogger()
    for old in [known for known in root.handlers if isinstance(known, _Out)]:
        root.removeHandler(old)
    root.addHandler(handler)
    logging.getLogger("app").setLevel(logging.INFO)


def _shape(environment: str, wanted: str) -> list[Any]:
    if wants_json(environment, wanted):
        # Traces without the values of variables: a password is one of them.
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    colours = is_serving() and sys.stdout.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
