"""Bases of serializers: `…In` refuse unknown fields, `…Out` only show."""

from typing import Any

from django.http import QueryDict
from rest_framework import serializers


def wrong_type(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    """What is wrong with the JSON type of a value; "" where it is right or the field's own rule says it better."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return next((words for each in value if (words := wrong_type(field.child, each))), "")
    if isinstance(field, serializers.DictField) and isinstance(value, dict):
        return next((words for each in value.values() if (words := wrong_type(field.child, each))), "")
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(field, serializers.BooleanField):
        return "" if isinstance(value, bool) else "Give true or false."
    if isinstance(field, serializers.CharField | serializers.ChoiceField):
        return "" if isinstance(value, str) else "Give a text."
    if isinstance(field, serializers.IntegerField | serializers.FloatField):
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "Give a number."
    return ""


class Input(serializers.Serializer[Any]):
    """What a client may send. An unknown field is an error: a misspelt one must not be lost silently.

    With `from_query` in its context it reads parameters of an address, which are all text.
    """

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
        typed = (
            isinstance(data, dict) and not isinstance(data, QueryDict) and not self.context.get("from_query")
        )
        wrong = self._wrong_types(data) if typed else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not wrong or not isinstance(error.detail, dict):
                raise
            told = {**error.detail, **wrong}
            raise serializers.ValidationError(
                {name: told[name] for name in [*self.fields, *told] if name in told}
            ) from None
        if wrong:
            raise serializers.ValidationError(wrong)
        return value

    def _wrong_types(self, data: dict[str, Any]) -> dict[str, Any]:
        """JSON has types: no number where a text belongs, no text where a number or a yes or no belongs."""
        return {
            name: [serializers.ErrorDetail(words, "invalid")]
            for name, field in self.fields.items()
            if name in data and (words := wrong_type(field, data[name]))
        }

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
