"""Pages of lists: numbered for what can be counted, by cursor for what only grows."""

from typing import Any

from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

LARGEST_PAGE = 200
BROKEN = object()


class NumberedPages(pagination.PageNumberPagination):
    """{"count", "next", "previous", "results"}, `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_page_size(self, request: Request) -> int:
        """The asked size. A size that is no number or outside 1–200 is refused, not silently changed."""
        return checked_page_size(request, default=self.page_size, largest=self.max_page_size)


class CursorPages(pagination.CursorPagination):
    """{"next", "previous", "results"} for append-only lists, newest first."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE
    ordering: Any = "-id"

    def get_page_size(self, request: Request) -> int:
        """As above."""
        return checked_page_size(request, default=self.page_size, largest=self.max_page_size)

    def decode_cursor(self, request: Request) -> Any:
        """The place where the page begins; raises ValidationError for a cursor that was not given out here."""
        try:
            cursor: Any = super().decode_cursor(request)
        except (NotFound, OverflowError):
            cursor = BROKEN
        position = getattr(cursor, "position", None)
        if cursor is BROKEN or (position is not None and not is_position(position)):
            raise ValidationError({"cursor": "This is no cursor of this list. Begin without one."})
        return cursor


def checked_page_size(request: Request, *, default: int, largest: int) -> int:
    """`page_size` of the query; raises ValidationError outside 1 to `largest`."""
    text = request.query_params.get("page_size")
    if text is None:
        return default
    if not is_position(text) or not 1 <= int(text) <= largest:
        raise ValidationError({"page_size": f"Give a whole number from 1 to {largest}."})
    return int(text)


def is_position(text: str) -> bool:
    """Whether the text is a whole number that a bigint column holds."""
    return text.isascii() and text.isdigit() and len(text) <= 18
