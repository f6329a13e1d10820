"""Secrets that open doors: 256 random bits behind a prefix, of which only the SHA-256 is stored.

A plain hash is enough because nobody can guess 256 random bits; slow hashes are for passwords. Base 32 keeps tokens to
lower-case letters and digits, so that a double click selects all of one.
"""

import base64
import hashlib

from vivavoce.ports.clock import Clock

TOKEN_BYTES = 32
KEY_PREFIX = "xi_"
LOGIN_PREFIX = "login_"
SESSION_PREFIX = "session_"
INVITE_PREFIX = "invite_"


def new_token(clock: Clock, prefix: str) -> str:
    """A fresh secret."""
    return prefix + base64.b32encode(clock.entropy(TOKEN_BYTES)).decode().rstrip("=").lower()


def digest(token: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def hint(token: str) -> str:
    """The end of a key, for people to tell their keys apart."""
    return token[-4:]
