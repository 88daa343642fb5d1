"""What every resource of the REST interface has in common."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.http.authentication import actor_of_request
from cdmo_eval.http.conditional import check_if_match, version_etag

PAGING = frozenset({"page", "page_size", "cursor", "format"})


class ScopedView:
    """Enters the caller's organisation after authentication, and refuses query parameters that mean nothing."""

    reading: ClassVar[str] = "vendors:read"
    read_permission: ClassVar[Permission] = Permission.VIEW
    parameters: ClassVar[frozenset[str]] = frozenset()

    actor: Actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, check limits, enter the scope, check the right to read and the parameters."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        self.actor = actor_of_request(request)
        request._request.scope.enter(self.actor)  # type: ignore[attr-defined]
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            require(self.actor, self.read_permission, reading=self.reading)
        self.check_parameters(request)

    def known_parameters(self) -> frozenset[str]:
        """The names this call understands; a filter set adds its own."""
        return self.parameters

    def check_parameters(self, request: Request) -> None:
        """Raise ValidationError for an unknown parameter: a misspelt filter must not silently show everything."""
        known = self.known_parameters() | PAGING
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise ValidationError(
                {name: [f"Unknown parameter. Known here: {', '.join(sorted(known))}."] for name in unknown}
            )

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the RateLimit headers."""
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        limit = getattr(request._request, "rate_limit", None)
        if limit:
            response["RateLimit-Limit"], response["RateLimit-Remaining"], response["RateLimit-Reset"] = map(
                str, limit
            )
        return response


class ApiViewSet(ScopedView, viewsets.GenericViewSet[Any]):
    """A resource addressed by its public id. Subclasses give `queryset_for(actor)` and call one service a method."""

    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"
    filterset_class: ClassVar[Any] = None

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        """Rows of the actor's organisation, in an order that ends with a unique column."""
        raise NotImplementedError(type(self).__name__)

    def get_queryset(self) -> QuerySet[Any]:
        """Filtered rows; while the OpenAPI document is made there is no actor and no row."""
        if getattr(self, "swagger_fake_view", False):
            model = getattr(self, "model", None)
            return model.objects.none() if model else QuerySet()
        return self.queryset_for(self.actor)

    def known_parameters(self) -> frozenset[str]:
        """Those of the view and, in lists, of its filter set."""
        names = set(self.parameters)
        if self.filterset_class and self.action == "list":
            names |= set(self.filterset_class.base_filters)
        return frozenset(names)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filter set; raise ValidationError for a value it does not understand."""
        if not self.filterset_class:
            return queryset
        filters = self.filterset_class(self.request.query_params, queryset=queryset, request=self.request)
        if not filters.is_valid():
            raise ValidationError(filters.errors)
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
        check_if_match(self.request._request, version_etag(row.version))
        return int(row.version)

    def answer(self, serializer: Any, row: Any, *, status: int = 200, **context: Any) -> Response:
        """One row, with its ETag."""
        body = serializer(row, context={**self.get_serializer_context(), **context}).data
        response = Response(body, status=status)
        if isinstance(row, Model) and hasattr(row, "version"):
            response["ETag"] = version_etag(row.version)
        if status == 201:
            response["Location"] = f"{self.request.path.rstrip('/')}/{row.public_id}/"
        return response


class ListRetrieve(mixins.ListModelMixin, ApiViewSet):
    """Read-only: a list and one row, shown by `serializer_class`."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row."""
        return self.answer(self.get_serializer_class(), self.get_object())
