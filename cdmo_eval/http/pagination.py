"""Pages of lists: numbered for what can be counted, by cursor for what only grows."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from rest_framework import pagination
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from cdmo_eval.http.cursors import BrokenCursorError, opened, sealed

LARGEST_PAGE = 200
SIZES = {"minimum": 1, "maximum": LARGEST_PAGE}


class NumberedPages(pagination.PageNumberPagination):
    """{"count", "next", "previous", "results"}, `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """With the numbers that are taken."""
        return bounded(super().get_schema_operation_parameters(view), page={"minimum": 1}, page_size=SIZES)

    def get_page_size(self, request: Request) -> int:
        """The asked size. A size that is no number or outside 1–200 is refused, not silently changed."""
        return checked_page_size(request, default=self.page_size, largest=self.max_page_size)


class CursorPages(pagination.CursorPagination):
    """{"next", "previous", "results"} for append-only lists, newest first."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE
    ordering: Any = "-id"

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """With the numbers that are taken."""
        return bounded(super().get_schema_operation_parameters(view), page_size=SIZES)

    def get_page_size(self, request: Request) -> int:
        """As above."""
        return checked_page_size(request, default=self.page_size, largest=self.max_page_size)

    def encode_cursor(self, cursor: Any) -> str:
        """The address of a page that begins at this place. What it says is nobody's business but ours."""
        place = {"o": cursor.offset or "", "r": int(cursor.reverse) or "", "p": cursor.position or ""}
        told = urlencode({name: value for name, value in place.items() if value})
        text = sealed(told, purpose=self._list)
        return str(replace_query_param(self.base_url or "", self.cursor_query_param, text))

    def decode_cursor(self, request: Request) -> Any:
        """The place where the page begins; raises ValidationError for a cursor that was not given out here."""
        self._list = request.path
        given = request.query_params.get(self.cursor_query_param)
        if given is None:
            return None
        try:
            told = dict(parse_qsl(opened(given, purpose=request.path)))
        except BrokenCursorError:
            raise ValidationError({"cursor": "This is no cursor of this list. Begin without one."}) from None
        place: Any = told.get("p")  # the text of a column's value, whatever the stubs say
        return pagination.Cursor(offset=int(told.get("o", "0")), reverse="r" in told, position=place)


def bounded(parameters: list[dict[str, Any]], **bounds: dict[str, int]) -> list[dict[str, Any]]:
    """Parameters of the OpenAPI document with bounds."""
    for parameter in parameters:
        parameter["schema"] |= bounds.get(parameter["name"], {})
    return parameters


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
