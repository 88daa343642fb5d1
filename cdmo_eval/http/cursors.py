"""Cursors that say nothing: where a list goes on holds internal numbers, so it is encrypted and cannot be made up.

The same place gives the same text (AES-SIV), so that addresses of pages can be cached. A cursor belongs to one purpose,
such as the address of its list; with another one it is refused like any other text.
"""

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

LONGEST = 2000


class BrokenCursorError(ValueError):
    """The text is no cursor that was given out for this purpose."""


def sealed(place: str, *, purpose: str) -> str:
    """A place as the text of a cursor: letters, digits, "-" and "_"."""
    secret = _cipher().encrypt(place.encode() or b" ", [purpose.encode()])
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def opened(text: str, *, purpose: str) -> str:
    """The place behind a cursor. Raises BrokenCursorError for anything that `sealed` did not give out for it."""
    if len(text) > LONGEST or not text.isascii():
        raise BrokenCursorError
    try:
        secret = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return _cipher().decrypt(secret, [purpose.encode()]).decode().strip()
    except (binascii.Error, InvalidTag, ValueError):
        raise BrokenCursorError from None


def _cipher() -> AESSIV:
    return AESSIV(hmac.new(settings.SECRET_KEY.encode(), b"cursors of lists", hashlib.sha512).digest())
