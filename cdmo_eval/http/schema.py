"""The OpenAPI document: what all resources have in common, said once."""

from threading import Lock
from typing import Any, ClassVar, Literal

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from cdmo_eval.http.parameters import values_of
from cdmo_eval.http.problems import TITLES
from cdmo_eval.http.serializers import Problem

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag you read: 412 when somebody changed it since.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="A key of your own, at most 200 characters: the same request again gets the first answer.",
)  # fmt: skip
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag you have: 304 while nothing that is shown has changed.",
)  # fmt: skip

EVERY_CALL = (400, 401, 403, 404, 406, 429, 503)
WRITING = (409, 413, 415, 422)
CHANGED = 412
OF_SCORES = ("{scorecard_id}", "{shortlist_id}")
"""In such addresses scores may be hidden, superseded or not there yet: 409 when they are read, too."""
UNWRITTEN = "/exports/{id}/file/"  # 409: not written yet; 410: expired
FEED = "/v1/changes/"  # 410: the place is older than what is kept
METHODS = ("get", "post", "put", "patch", "delete")
LIMITS = {
    "RateLimit-Limit": "Calls of this kind that a minute allows.",
    "RateLimit-Remaining": "Calls that are left in this minute.",
    "RateLimit-Reset": "Seconds until the next minute begins.",
}


class ApiSchema(AutoSchema):
    """Adds the headers of conditional and repeatable requests, and the parameters of a view."""

    def get_override_parameters(self) -> list[Any]:
        """Parameters that follow from what the method does."""
        found: list[Any] = list(super().get_override_parameters())
        method = getattr(self.view, getattr(self.view, "action", "") or "", None)
        if getattr(method, "is_conditional", False):
            found.append(IF_MATCH)
        if getattr(method, "is_idempotent", False):
            found.append(IDEMPOTENCY_KEY)
        if self.method == "GET":
            found.append(IF_NONE_MATCH)
            named = {parameter.name for parameter in found}
            described: dict[str, str] = getattr(self.view, "described_parameters", dict)()
            found += [
                OpenApiParameter(name, values_of(words), description=str(words))
                for name, words in sorted(described.items())
                if name not in named
            ]
        return found

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        """Every document knows what a problem looks like; `with_problems` says where it may be the answer."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        self._get_response_for_code(Problem, "400", media_types=["application/problem+json"])  # type: ignore[no-untyped-call]
        return bodies


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Hook of the whole document: the errors, headers and 304 that any call may answer with, by one rule for all."""
    components = result.setdefault("components", {})
    codes = sorted({*EVERY_CALL, *WRITING, CHANGED, 410})
    components["headers"] = {
        name: {"description": words, "schema": {"type": "integer", "minimum": 0}}
        for name, words in LIMITS.items()
    } | {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
    components["responses"] = {f"Problem{code}": _problem(code) for code in codes} | {
        "NotModified": {"description": "Nothing that is shown has changed since the ETag was given out."}
    }
    for path, methods in result["paths"].items():
        for method in METHODS:
            if method in methods:
                _complete(methods[method], method, path)
    for schema in components["schemas"].values():
        _mend(schema)
    return result


def _mend(schema: Any) -> None:
    """What the maker of the document cannot know.

    Null beside "anything" fits both, which `oneOf` would call a fault: wherever null is an alternative, `anyOf`. A shown
    address may be blank, which is unknown, and no address.
    """
    if isinstance(schema, dict):
        if schema.get("format") == "uri" and schema.get("readOnly"):
            del schema["format"]
        if {"type": "null"} in schema.get("oneOf", ()):
            schema["anyOf"] = schema.pop("oneOf")
        for part in schema.values():
            _mend(part)
    elif isinstance(schema, list):
        for part in schema:
            _mend(part)


def _problem(code: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": f"{TITLES[code]}, as RFC 9457 has it.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if code in {429, 503}:
        found["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return found


def _complete(call: dict[str, Any], method: str, path: str) -> None:
    responses = call["responses"]
    for code, response in responses.items():
        if code.startswith("2") and "$ref" not in response:
            limits = {name: {"$ref": f"#/components/headers/{name}"} for name in LIMITS}
            response["headers"] = {**response.get("headers", {}), **limits}
    conditional = any(one.get("name") == IF_MATCH.name for one in call.get("parameters", ()))
    codes = {*EVERY_CALL, *(WRITING if method != "get" else ()), *((CHANGED,) if conditional else ())}
    if any(part in path for part in OF_SCORES) or path.endswith(UNWRITTEN):
        codes.add(409)
    if path.endswith((FEED, UNWRITTEN)):
        codes.add(410)
    for code in codes:
        responses.setdefault(str(code), {"$ref": f"#/components/responses/Problem{code}"})
    if method == "get":
        responses.setdefault("304", {"$ref": "#/components/responses/NotModified"})
    call["responses"] = dict(sorted(responses.items()))


class KeptDocument(SchemaGenerator):
    """The document, made once per process: it is the same for everybody, and its maker cannot serve two callers at a time."""

    _making: ClassVar[Lock] = Lock()
    _kept: ClassVar[Any] = None

    def get_schema(self, request: Any = None, public: Any = False) -> Any:  # noqa: FBT002 - the parent's
        """The whole document; of one version or for one user it is made anew."""
        with self._making:
            if self.api_version or not public:
                return super().get_schema(request, public)  # type: ignore[no-untyped-call]
            if KeptDocument._kept is None:
                KeptDocument._kept = super().get_schema(request, public)  # type: ignore[no-untyped-call]
            return KeptDocument._kept
