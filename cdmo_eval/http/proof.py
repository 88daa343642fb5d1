"""Proof of identity, again: the password, and the second factor when one is enrolled, each time something is signed."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from cdmo_eval.core.models import RefusedSignature, Signature, User

WRONG = "The password or the code is not right. Nothing was signed."
LOCKED = "Too many wrong passwords. Nothing was signed; wait a quarter of an hour, then try again."


@dataclass(frozen=True)
class Proof:
    """What came of it: how the person proved who they are, or why not."""

    proof: str = ""
    refused: str = ""

    @property
    def words(self) -> str:
        """What to say to somebody who failed; the same for a wrong password and a wrong code."""
        return LOCKED if self.refused == RefusedSignature.Reason.LOCKED else WRONG

    @property
    def status(self) -> int:
        """Of the answer to somebody who failed."""
        return 429 if self.refused == RefusedSignature.Reason.LOCKED else 403


def needs_code(user: User) -> bool:
    """Whether the person has enrolled a second factor."""
    return bool(is_mfa_enabled(user))


def prove(request: HttpRequest, user: User, *, password: str, code: str = "") -> Proof:
    """Check the password of the signed-in person, and the code when a second factor is enrolled.

    Failures count towards the same lock-out as failures to sign in. They are written in the caller's transaction, which
    must therefore be kept: answer, do not raise.
    """
    found = authenticate(request, email=user.email, password=password)
    if getattr(request, "axes_locked_out", False):
        request.axes_locked_out = False  # type: ignore[attr-defined]  # the answer is ours to give
        return Proof(refused=RefusedSignature.Reason.LOCKED.value)
    if found is None or found.pk != user.pk:
        return Proof(refused=RefusedSignature.Reason.PASSWORD.value)
    if not needs_code(user):
        return Proof(proof=Signature.Proof.PASSWORD.value)
    used = _second_factor(user, code.strip())
    if used is None:
        user_login_failed.send(sender=__name__, credentials={"email": user.email}, request=request)
        request.axes_locked_out = False  # type: ignore[attr-defined]
        return Proof(refused=RefusedSignature.Reason.CODE.value)
    if used == Authenticator.Type.TOTP:
        return Proof(proof=Signature.Proof.PASSWORD_AND_TOTP.value)
    return Proof(proof=Signature.Proof.PASSWORD_AND_RECOVERY.value)


def _second_factor(user: User, code: str) -> Any:
    """The type of the authenticator that knows the code, None when none does. A code counts once."""
    if not code:
        return None
    rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    for row in rows.order_by("type", "id"):
        if row.wrap().validate_code(code):
            return row.type
    return None
