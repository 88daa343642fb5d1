"""Request bodies of the API: JSON that the database can keep, of a size that is read at once."""

import io
import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser

DEEPEST = 32
"""How many lists and objects may lie in one another."""


class TooLarge(APIException):
    """The body is longer than the server reads."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON without what PostgreSQL cannot keep (NUL, lone surrogates, numbers beyond a float) and without abysses."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body as Python data; raises ParseError, ValidationError or TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(f"A JSON body has at most {limit // 1024 // 1024} MB.")
        try:
            data = super().parse(io.BytesIO(content), media_type, dict(parser_context or {}))
        except RecursionError:
            raise ParseError(f"JSON parse error - more than {DEEPEST} levels.") from None
        check_json(data)
        return data


def check_json(data: Any) -> None:
    """Raise ValidationError, naming the place, for content that is JSON but cannot be kept."""
    pending: list[tuple[str, Any, int]] = [("", data, 0)]
    while pending:
        path, found, depth = pending.pop()
        if depth > DEEPEST:
            raise ParseError(f"JSON parse error - more than {DEEPEST} levels.")
        if isinstance(found, str):
            _check_text(path, found)
        elif isinstance(found, float) and not math.isfinite(found):
            raise ValidationError({path: ["This number is too large."]})
        elif isinstance(found, dict):
            for key, value in found.items():
                _check_text(path, key)
                pending.append((f"{path}.{key}" if path else key, value, depth + 1))
        elif isinstance(found, list):
            pending += [(f"{path}.{index}", value, depth + 1) for index, value in enumerate(found)]


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _check_text(path: str, text: str) -> None:
    if not is_storable(text):
        raise ValidationError(
            {path if is_storable(path) else "": ["A text holds no NUL and no half character."]}
        )
