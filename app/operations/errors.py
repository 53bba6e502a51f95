"""Why a backup or restore was not done, in words for whoever keeps the server."""

from __future__ import annotations


class NotDone(Exception):
    """Nothing was kept of what had been begun; the text says why and what to do."""
