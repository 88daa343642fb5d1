"""Bases of serializers: `…In` refuse unknown fields, `…Out` only show."""

from typing import Any

from rest_framework import serializers


class Input(serializers.Serializer[Any]):
    """What a client may send. An unknown field is an error: a misspelt one must not be lost silently."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate; refuse fields that are not declared."""
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                known = ", ".join(sorted(name for name, field in self.fields.items() if not field.read_only))
                raise serializers.ValidationError(
                    {
                        name: [
                            serializers.ErrorDetail(f"Unknown field. Known here: {known}.", "unknown_field")
                        ]
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)

    def create(self, validated_data: Any) -> Any:
        """Not here: services write."""
        raise TypeError("services write, serializers do not")

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Not here: services write."""
        raise TypeError("services write, serializers do not")


class Output(serializers.Serializer[Any]):
    """What an answer shows, field by field; never filled from a request."""

    def create(self, validated_data: Any) -> Any:
        """Not here: services write."""
        raise TypeError("services write, serializers do not")

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Not here: services write."""
        raise TypeError("services write, serializers do not")


class ReasonIn(Input):
    """Why something is taken back."""

    reason = serializers.CharField(max_length=500)


class NothingIn(Input):
    """A call without a body."""


class FieldProblem(Output):
    """What is wrong with one field."""

    field = serializers.CharField(
        help_text="Path of the field, such as `scope.modality`; empty for the whole."
    )
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(Output):
    """An error as RFC 9457 has it (`application/problem+json`)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True)  # type: ignore[assignment]  # a field, which the metaclass takes out of the way
    request_id = serializers.CharField()
