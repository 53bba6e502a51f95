"""Configuration from the environment. docs/architecture.md lists every variable."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("CRM_INSTANCE", HERE / "instance"))
SHORTEST_SECRET = 32


class WeakSecret(RuntimeError):
    """Production refuses to start with a secret key that others may know."""


class OpenDoor(RuntimeError):
    """Production refuses to start with a switch that shows strangers the inside."""


def require_closed(environment: str) -> None:
    """errors  OpenDoor in production with the debugger: it runs what is typed into an error page"""
    if environment == "production" and os.environ.get("FLASK_DEBUG", "").lower() not in ("", "0", "false", "no"):
        raise OpenDoor("production does not start with FLASK_DEBUG")


def secret_key(environment: str) -> str:
    """The key that signs sessions: from SECRET_KEY, or, outside production, made once and kept beside the database.

    errors  WeakSecret in production without one of at least 32 characters
    """
    given = os.environ.get("SECRET_KEY", "")
    if environment == "production":
        if len(given) < SHORTEST_SECRET or len(set(given)) < 10:
            raise WeakSecret("production needs a SECRET_KEY of at least 32 random characters")
        return given
    if given:
        return given
    return kept_secret(INSTANCE / "secret_key")


def kept_secret(path: Path) -> str:
    """A secret made once: of several processes that start at the same moment, all read the one that came first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(made, path)  # whole or not at all, and never over another's
        made.unlink()
    return path.read_text().strip()


def chain_key(environment: str) -> str:
    """The key of the chain over log and ledgers: from CHAIN_KEY, or kept in a file beside the secret key.

    In production only `crm init` makes the file, so that no second node begins with a key of its own.
    returns  "" in production where there is none yet
    errors   WeakSecret when CHAIN_KEY is shorter than 32 characters
    """
    given = os.environ.get("CHAIN_KEY", "")
    if given and len(given) < SHORTEST_SECRET:
        raise WeakSecret("CHAIN_KEY wants at least 32 random characters")
    if given:
        return given
    path = INSTANCE / "chain_key"
    return kept_secret(path) if environment != "production" or path.exists() else ""


def trusted_proxies(text: str) -> int:
    """How many proxies in front of the server say truly who asks.

    errors  ValueError: a slip here would let everybody choose an address
    """
    if text not in tuple("0123456789"):
        raise ValueError(f"TRUSTED_PROXIES is a small number, not {text!r}")
    return int(text)


def trusted_hosts(text: str, environment: str) -> tuple[str, ...]:
    """Names the system is served under, by commas; `.example.com` is every name below, `local` those of a house.

    Without any, a demo is served under the names of its house, and production under those of its own machine alone.

    errors  ValueError: a slip here would open the system to every name, or to none
    """
    names = tuple(name.lower() for name in text.replace(",", " ").split())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]", name):
            raise ValueError(f"TRUSTED_HOSTS are names without port or protocol, not {name!r}")
    return names or (() if environment == "production" else ("local",))


CRM_ENV = os.environ.get("CRM_ENV", "demo")
require_closed(CRM_ENV)
SECRET_KEY = secret_key(CRM_ENV)
CHAIN_KEY = chain_key(CRM_ENV)
CHAIN_HOME = str(INSTANCE)  # what this machine remembers of the chain, and its key when it lies in a file
SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL", f"sqlite:///{INSTANCE / 'zhanggui.db'}").replace(
    "postgresql://", "postgresql+psycopg://", 1
)
STATEMENT_TIMEOUT = int(os.environ.get("STATEMENT_TIMEOUT", "0"))  # seconds, on PostgreSQL; 0 for none
REDIS_URL = os.environ.get("REDIS_URL", "")
TRUSTED_PROXIES = trusted_proxies(os.environ.get("TRUSTED_PROXIES", "") or "0")
SERVED_HOSTS = trusted_hosts(os.environ.get("TRUSTED_HOSTS", ""), CRM_ENV)
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
LOG_FORMAT = os.environ.get("LOG_FORMAT", "")
# Flask-AppBuilder brings a limiter; ours count in the database, but what anybody adds must hold over all processes.
RATELIMIT_STORAGE_URI = REDIS_URL or "memory://"
CRM_DATA = os.environ.get("CRM_DATA", str(INSTANCE / "files"))
# Locks by which the processes of this machine share what is long; never on a network file system.
CRM_TURNS = os.environ.get("CRM_TURNS", str(INSTANCE / "turns"))
MAX_CONTENT_LENGTH = 32 * 1024 * 1024
MAX_FORM_MEMORY_SIZE = 4 * 1024 * 1024
MAX_FORM_PARTS = 20_000

APP_NAME = "掌柜"
FAB_UPDATE_PERMS = False
FAB_CREATE_DB = False
FAB_API_SWAGGER_UI = False
FAB_OPENAPI_SERVERS: list[dict[str, str]] = [{"url": "/"}]
FAB_SAFE_REDIRECT_HOSTS: list[str] = []
AUTH_TYPE = 1  # by name and password in our own database
AUTH_API_LOGIN_ALLOW_MULTIPLE_PROVIDERS = False
BABEL_DEFAULT_LOCALE = "zh"
BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
BABEL_TRANSLATION_DIRECTORIES = str(HERE / "translations")
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "gb", "name": "English"}}

# Browsers hold whoever sets a cookie of such a name to TLS, this host alone and its root.
SESSION_COOKIE_NAME = "__Host-zhanggui" if CRM_ENV == "production" else "zhanggui"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CRM_ENV == "production"
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
# A late answer to what the page asks by itself must not bring back a cookie that signing out has removed.
SESSION_REFRESH_EACH_REQUEST = False
WTF_CSRF_TIME_LIMIT = None
WTF_CSRF_CHECK_DEFAULT = False  # views/errors.py asks for it: bearer tokens need none
JWT_ACCESS_TOKEN_EXPIRES = timedelta(hours=12)
JWT_REFRESH_TOKEN_EXPIRES = timedelta(hours=12)  # no longer than a session
# The cost OWASP asks for; a check takes about a tenth of a second.
FAB_PASSWORD_HASH_METHOD = "scrypt:16384:8:5"  # noqa: S105 - a method, no password
JSON_AS_ASCII = False
