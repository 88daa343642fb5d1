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
                    {name: [f"Unknown field. Known here: {known}."] for name in unknown}
                )
        return super().to_internal_value(data)

    def create(self, validated_data: Any) -> Any:
        """Not here: services write."""
        raise TypeError("services write, serializers do not")

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Not here: services write."""
        raise TypeError("services write, serializers do not")
