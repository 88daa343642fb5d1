"""What every resource of the REST interface has in common."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import viewsets
from rest_framework.exceptions import ErrorDetail, MethodNotAllowed, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.http.authentication import actor_of_request
from cdmo_eval.http.conditional import check_if_match, version_etag
from cdmo_eval.http.parsers import StrictJSONParser, is_storable
from cdmo_eval.http.schema import ApiSchema

PAGING = frozenset({"page", "page_size"})
CURSOR = frozenset({"cursor", "page_size"})
YES_OR_NO = frozenset({"true", "false", "True", "False"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})

M = TypeVar("M", bound=Callable[..., Any])


def conditional(method: M) -> M:
    """Mark a method that heeds If-Match, for the OpenAPI document."""
    method.is_conditional = True  # type: ignore[attr-defined]
    return method


def check_filters(filters: Any) -> None:
    """Raise ValidationError, with codes, for a value that a filter set does not understand."""
    if filters.is_valid():
        return
    found = filters.form.errors.as_data()
    raise ValidationError(
        {
            name: [ErrorDetail(words, one.code or "invalid") for one in errors for words in one.messages]
            for name, errors in found.items()
        }
    )


class ScopedView(APIView):
    """Enters the caller's organisation after authentication, and refuses query parameters that mean nothing.

    `parameters` are the query parameters of one row or of an action, with the words that explain them. Who may read is
    `read_permission` (None: every member) with the scope `reading`; who may write `write_permission`, or another one
    for the actions in `write_permissions`. Services ask again.
    """

    reading: ClassVar[str] = "vendors:read"
    read_permission: ClassVar[Permission | None] = Permission.VIEW
    write_permission: ClassVar[Permission | None] = None
    write_permissions: ClassVar[Mapping[str, Permission]] = {}
    parameters: ClassVar[Mapping[str, str]] = {}
    parser_classes: Any = [StrictJSONParser]
    metadata_class = None
    schema = ApiSchema()

    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The day of the call (UTC)."""
        return self.now.date()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, check limits, enter the scope, check rights and parameters."""
        super().initial(request, *args, **kwargs)
        if self.handler_name(request) is None:
            raise MethodNotAllowed(request.method or "")
        self.now = timezone.now()
        self.actor = actor_of_request(request)
        request._request.scope.enter(self.actor)  # type: ignore[attr-defined]
        self.check_rights(request)
        self.check_parameters(request)

    def handler_name(self, request: Request) -> str | None:
        """What answers this method here; None when nothing does, which is said before parameters are looked at."""
        name = (request.method or "").lower()
        return name if name in self.http_method_names and hasattr(self, name) else None

    def check_rights(self, request: Request) -> None:
        """Raise PermissionDenied before anything of the request is looked at."""
        if request.method in READING:
            if self.read_permission is not None:
                reading = self.reading if self.read_permission is Permission.VIEW else ""
                require(self.actor, self.read_permission, reading=reading)
            return
        wanted = self.write_permissions.get(getattr(self, "action", ""), self.write_permission)
        if wanted is not None:
            require(self.actor, wanted)

    def described_parameters(self) -> Mapping[str, str]:
        """The query parameters of this call beside those of its filter set and its pages, explained."""
        return self.parameters

    def known_parameters(self) -> frozenset[str]:
        """The names this call understands."""
        return frozenset(self.described_parameters())

    def check_parameters(self, request: Request) -> None:
        """Raise ValidationError for an unknown parameter: a misspelt filter must not silently show everything."""
        known = self.known_parameters() | {"format"}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            words = f"Unknown parameter. Known here: {', '.join(sorted(known))}."
            raise ValidationError({name: [ErrorDetail(words, "unknown_parameter")] for name in unknown})
        for name, values in request.query_params.lists():
            if not all(map(is_storable, values)):
                raise ValidationError({name: ["A text holds no NUL character."]})
        if not all(is_storable(value) for value in self.kwargs.values() if isinstance(value, str)):
            raise NotFound("There is no such thing here.")

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the RateLimit headers."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        limit = getattr(request._request, "rate_limit", None)
        if limit:
            answer["RateLimit-Limit"], answer["RateLimit-Remaining"], answer["RateLimit-Reset"] = map(
                str, limit
            )
        return answer


class ApiViewSet(ScopedView, viewsets.GenericViewSet[Any]):
    """A resource addressed by its public id. Subclasses give `queryset_for(actor)` and call one service a method.

    `composite` says that an answer holds other rows too (a vendor its sites): its tag then follows its content.
    `paged_actions` are actions that answer in pages, without the filters of the list.
    """

    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"
    filter_backends: Any = [DjangoFilterBackend]
    filterset_class: ClassVar[Any] = None
    model: ClassVar[Any] = None
    composite: ClassVar[bool] = False
    paged_actions: ClassVar[frozenset[str]] = frozenset()

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        """Rows of the actor's organisation, complete with prefetches, in an order that ends with a unique column."""
        raise NotImplementedError(type(self).__name__)

    def get_queryset(self) -> QuerySet[Any]:
        """The rows; while the OpenAPI document is made there is no actor and no row."""
        if getattr(self, "swagger_fake_view", False):
            rows: QuerySet[Any] = self.model._default_manager.none()
            return rows
        return self.queryset_for(self.actor)

    def known_parameters(self) -> frozenset[str]:
        """Those of the view and, in lists, of its pages and its filter set."""
        names = set(super().known_parameters())
        if self.action == "list" or self.action in self.paged_actions:
            names |= CURSOR if hasattr(self.pagination_class, "cursor_query_param") else PAGING
            if self.filterset_class and self.action == "list":
                names |= set(self.filterset_class.base_filters)
        return frozenset(names)

    def check_parameters(self, request: Request) -> None:
        """A filter without a value shows everything, which nobody asked for: say so. A blank text is one."""
        super().check_parameters(request)
        known = self.filterset_class.base_filters if self.filterset_class and self.action == "list" else {}
        blank = [
            name
            for name, kind in known.items()
            if not isinstance(kind, django_filters.CharFilter) and "" in request.query_params.getlist(name)
        ]
        if blank:
            raise ValidationError({name: [ErrorDetail("Give a value.", "blank")] for name in blank})
        unclear = [
            name
            for name, kind in known.items()
            if isinstance(kind, django_filters.BooleanFilter)
            and not set(request.query_params.getlist(name)) <= YES_OR_NO
        ]
        if unclear:
            raise ValidationError({name: [ErrorDetail("Give true or false.", "invalid")] for name in unclear})

    def filter_arguments(self) -> dict[str, Any]:
        """What the filter set needs beside the parameters, such as the day."""
        return {}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filter set; raise ValidationError for a value it does not understand."""
        if not self.filterset_class:
            return queryset
        filters = self.filterset_class(
            self.request.query_params, queryset=queryset, request=self.request, **self.filter_arguments()
        )
        check_filters(filters)
        result: QuerySet[Any] = filters.qs
        return result

    def get_object(self) -> Any:
        """The addressed row; the same 404 for a missing id and another organisation's."""
        row = self.get_queryset().filter(public_id=self.kwargs[self.lookup_url_kwarg]).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        return row

    def input(self, serializer: Any, *, partial: bool = False, **kwargs: Any) -> dict[str, Any]:
        """Validated input of an `…In` serializer; unknown fields are refused by it."""
        bound = serializer(
            data=self.request.data, partial=partial, context=self.get_serializer_context(), **kwargs
        )
        bound.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(bound.validated_data)
        return data

    def expected_version(self, row: Any) -> int | None:
        """The version an If-Match names, after checking it against the row; None without If-Match."""
        if "If-Match" not in self.request.headers:
            return None
        check_if_match(self.request._request, row.version)
        return int(row.version)

    def show(self, row: Any, *, status: int = 200) -> Response:
        """The row read anew with all that its answer shows, after a service wrote it."""
        return self.answer(self.get_serializer_class(), self.get_queryset().get(pk=row.pk), status=status)

    def extras(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What rows show beside their own columns, read for all of them at once, as context of the serializer."""
        return {}

    def answer_page(self, rows: Any, serializer: Any = None) -> Response:
        """One page of a list."""
        page = self.paginate_queryset(rows)
        assert page is not None  # noqa: S101 - every list has pages
        context = {**self.get_serializer_context(), **self.extras(page)}
        shown = (serializer or self.get_serializer_class())(page, many=True, context=context)
        return self.get_paginated_response(shown.data)

    def answer(self, serializer: Any, row: Any, *, status: int = 200, **context: Any) -> Response:
        """One row, with its ETag; with the status 201 also its Location."""
        context = {**self.get_serializer_context(), **self.extras([row]), **context}
        body = serializer(row, context=context).data
        response = Response(body, status=status)
        if hasattr(row, "version"):
            content = JSONRenderer().render(body) if self.composite else b""
            response["ETag"] = version_etag(row.version, content)
        if status == 201:
            response["Location"] = f"{self.request.path.rstrip('/')}/{row.public_id}/"
        return response


class ListRetrieve(ApiViewSet):
    """Read-only: a list and one row, shown by `serializer_class`."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of rows."""
        return self.answer_page(self.filter_queryset(self.get_queryset()))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row."""
        return self.answer(self.get_serializer_class(), self.get_object())
