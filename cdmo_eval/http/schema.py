"""The OpenAPI document: what all resources have in common, said once."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

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


class ApiSchema(AutoSchema):
    """Adds the headers of conditional and repeatable requests, the parameters of a view, and the error answer."""

    def get_override_parameters(self) -> list[Any]:
        """Parameters that follow from what the method does."""
        found: list[Any] = list(super().get_override_parameters())
        method = getattr(self.view, getattr(self.view, "action", "") or "", None)
        if getattr(method, "is_conditional", False):
            found.append(IF_MATCH)
        if getattr(method, "is_idempotent", False):
            found.append(IDEMPOTENCY_KEY)
        if self.method == "GET":
            named = {parameter.name for parameter in found}
            described: dict[str, str] = getattr(self.view, "described_parameters", dict)()
            found += [
                OpenApiParameter(name, str, description=words)
                for name, words in sorted(described.items())
                if name not in named
            ]
        return found

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        """Every call may answer with a problem document."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem: dict[str, Any] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            Problem, "default", media_types=["application/problem+json"]
        )
        problem["description"] = "An error, as RFC 9457 has it."
        return {**bodies, "default": problem}
