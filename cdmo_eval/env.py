"""Read settings from the environment, refusing nonsense with the name of the variable."""

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class SettingError(RuntimeError):
    """A variable of the environment has a value the product cannot run with."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


def text(name: str, default: str = "", *, environ: Mapping[str, str] | None = None) -> str:
    """The variable as text, stripped; `default` when unset or blank."""
    value = (os.environ if environ is None else environ).get(name, "").strip()
    return value or default


def flag(name: str, *, default: bool = False) -> bool:
    """The variable as yes or no. Raises SettingError for anything but 1/0, true/false, yes/no, on/off."""
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise SettingError(name, f"{value!r} is neither yes nor no: use 1 or 0")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """The variable as an integer inside [low, high]. Raises SettingError outside."""
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise SettingError(name, f"{value!r} is not a whole number") from None
    if not low <= number <= high:
        raise SettingError(name, f"{number} is outside {low} to {high}")
    return number


def choice(name: str, default: str, options: tuple[str, ...]) -> str:
    """The variable as one of `options`. Raises SettingError otherwise."""
    value = text(name, default)
    if value not in options:
        raise SettingError(name, f"{value!r} is not one of {', '.join(options)}")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """The variable as a comma-separated list without blanks."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The variable as a comma-separated list of networks. Raises SettingError for anything else."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError as error:
        raise SettingError(name, str(error)) from None


def database(name: str, default: str) -> dict[str, Any]:
    """A PostgreSQL address as the parameters Django wants.

    Raises SettingError when the address cannot be read or names another kind of database.
    """
    url = text(name, default)
    if "://" in url and not url.startswith(("postgresql://", "postgres://")):
        raise SettingError(
            name, "CDMO Eval runs on PostgreSQL only: use postgresql://user:password@host:port/name"
        )
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise SettingError(name, f"cannot be read as a PostgreSQL address ({error})") from None
    if not parts.get("dbname"):
        raise SettingError(name, "names no database")
    known = {"host", "port", "user", "password", "dbname"}
    return {
        "NAME": str(parts["dbname"]),
        "USER": str(parts.get("user") or ""),
        "PASSWORD": str(parts.get("password") or ""),
        "HOST": str(parts.get("host") or ""),
        "PORT": str(parts.get("port") or ""),
        "OPTIONS": {key: value for key, value in parts.items() if key not in known},
    }
