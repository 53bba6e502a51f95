"""How many examples: a few in every run, many in `make soak`, and drawn anew each time there."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "12"))
ORDERS = int(os.environ.get("PROPERTY_ORDERS", "2000"))
IS_LONG = "PROPERTY_EXAMPLES" in os.environ


def effort(times: float = 1) -> settings:
    """Settings of a property that takes a database."""
    return settings(
        max_examples=max(1, int(EXAMPLES * times)), deadline=None, suppress_health_check=list(HealthCheck),
        derandomize=not IS_LONG, print_blob=True,
    )  # fmt: skip
