"""Secrets and signatures as Standard Webhooks has them: HMAC-SHA256 over id, time and body.

The secret must be known to sign, so it is kept, but encrypted with a key that follows from the installation's secret key:
a copy of the database alone cannot forge a message.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

PREFIX = "whsec_"
SECRET_BYTES = 32


class UnreadableSecretError(Exception):
    """The installation's secret key is another one than when the secret was made: make the secret anew."""


def new_secret() -> str:
    """A secret in the form in which it is shown, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str, *, owner: str) -> bytes:
    """The secret as it is kept; `owner` is the public id of its endpoint, without which it cannot be read."""
    return _cipher().encrypt(secret.encode(), [owner.encode()])


def unseal(sealed: bytes, *, owner: str) -> str:
    """The secret again. Raises UnreadableSecretError."""
    try:
        return _cipher().decrypt(sealed, [owner.encode()]).decode()
    except InvalidTag:
        raise UnreadableSecretError from None


def signed_headers(message_id: str, body: bytes, valid: Sequence[str], *, now: datetime) -> dict[str, str]:
    """The three headers of a message, signed with each valid secret so that a receiver may know either."""
    moment = str(int(now.timestamp()))
    content = b".".join((message_id.encode(), moment.encode(), body))
    signatures = [
        base64.b64encode(
            hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), content, hashlib.sha256).digest()
        ).decode()
        for secret in valid
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _cipher() -> AESSIV:
    return AESSIV(hmac.new(settings.SECRET_KEY.encode(), b"secrets of webhooks", hashlib.sha512).digest())
