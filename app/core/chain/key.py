"""The key of the chain lies outside the database: whoever owns the rows alone can make neither a row nor a seal.

docs/operations.md says where it is kept, and how it comes to every node.
"""

from __future__ import annotations

import hashlib
import hmac

_LETTERS = 16
_key: list[bytes] = []


class MissingKey(RuntimeError):
    """This machine has no key of the chain: nothing can be written into the log and the ledgers."""


def use_key(key: str) -> None:
    """Let this process make digests and seals with a key; an empty one stands for none."""
    _key[:] = [key.encode()] if key else []


def has_key() -> bool:
    return bool(_key)


def keyed_hash(text: str) -> bytes:
    """Return what nobody can make of a text without the key: HMAC with SHA-256.

    errors  MissingKey
    """
    if not _key:
        raise MissingKey("there is no CHAIN_KEY and no file chain_key: run `crm init`, or copy it from another node")
    return hmac.digest(_key[0], text.encode(), "sha256")


def key_id() -> str:
    """Return a name of the key that tells nothing of it.

    errors  MissingKey
    """
    return hashlib.sha256(keyed_hash("the name of this key")).hexdigest()[:_LETTERS]
