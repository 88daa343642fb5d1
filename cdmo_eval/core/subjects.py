"""Where the things that events are about stand on pages. Core knows no domain app: each says its own addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class _Place:
    view_name: str
    key: str


_places: dict[str, _Place] = {}


def register_subject(subject_type: str, view_name: str, *, key: str = "") -> None:
    """For AppConfig.ready: events about a `subject_type` lead to this page.

    The page takes the subject's public id or, with a `key`, the id that the event's data holds under it: an agreement is
    shown on its vendor's page.
    """
    _places[subject_type] = _Place(view_name, key)


def address_of(subject_type: str, subject_id: object, data: Mapping[str, Any]) -> str:
    """The path of the page, or "" where there is none to go to."""
    place = _places.get(subject_type)
    if place is None:
        return ""
    named = id_in(data, place.key) if place.key else str(subject_id)
    for arguments in ([named], []):
        try:
            return reverse(place.view_name, args=arguments if named else [])
        except NoReverseMatch:
            continue
    return ""


def id_in(data: Mapping[str, Any], key: str) -> str:
    """The public id of what an event's data calls `key`, given as {"id", "name"} or as the id alone; "" without it."""
    found = data.get(key)
    if isinstance(found, Mapping):
        return str(found.get("id", ""))
    return str(found or data.get(f"{key}_id") or "")


def name_in(data: Mapping[str, Any], key: str) -> str:
    """The name of what an event's data calls `key`: of {"id", "name"}, of `key_name`, or of a plain text; "" without it."""
    found = data.get(key)
    if isinstance(found, Mapping):
        return str(found.get("name") or "")
    return str(data.get(f"{key}_name") or (found if isinstance(found, str) else "") or "")
