"""Errors that a person or a program caused and can mend. One handler per edge turns them into an answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field, in words for the person who filled it in."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A rule of the domain was not kept: `code` for programs, `message` for people, `status` for HTTP."""

    code = "invalid"
    status = 400

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        errors: Iterable[FieldError] = (),
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.errors = tuple(errors)
        self.retry_after = retry_after


class Invalid(DomainError):
    """What was entered cannot be accepted."""


class PermissionDenied(DomainError):
    """The actor's role, or the token's scopes, do not allow it."""

    code, status = "permission_denied", 403


class NotFound(DomainError):
    """No such thing in this organisation; the same answer whether it exists elsewhere or nowhere."""

    code, status = "not_found", 404


class Conflict(DomainError):
    """The present state does not allow it."""

    code, status = "conflict", 409


class PreconditionFailed(DomainError):
    """Somebody else changed the thing since it was read."""

    code, status = "version_mismatch", 412


class Unavailable(DomainError):
    """A wait took too long; trying again is right."""

    code, status = "unavailable", 503


def from_validation(error: ValidationError, *, message: str = "") -> Invalid:
    """Django's ValidationError (full_clean, constraints) as a DomainError that names each field."""
    found = []
    if hasattr(error, "error_dict"):
        for field, problems in error.error_dict.items():
            name = "" if field == NON_FIELD_ERRORS else field
            found += [FieldError(name, p.code or "invalid", " ".join(p.messages)) for p in problems]
    else:
        found = [FieldError("", p.code or "invalid", " ".join(p.messages)) for p in error.error_list]
    return Invalid(message or "; ".join(e.message for e in found), errors=found)
