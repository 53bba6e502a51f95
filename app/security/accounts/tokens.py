"""令牌 A bearer token proves by itself that it is ours, before the database is asked whose it is. ASVS V9."""

from __future__ import annotations

from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from app.security.accounts.sessions import SEAL

_SCHEME = "bearer"


def is_signed(header: str) -> bool:
    """Return whether an `Authorization` header holds a token of ours for asking, signed and within its life."""
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != _SCHEME or not token or not token.isascii():
        return False
    try:
        claims = decode_token(token.strip())
    except (PyJWTError, JWTExtendedException, ValueError, TypeError):
        return False
    return claims.get("type") == "access" and isinstance(claims.get(SEAL), str)
