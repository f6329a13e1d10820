"""Ids: a prefix that says what a thing is, then 26 letters and digits that sort by time.

The 26 characters are 48 bits of milliseconds and 80 random bits in Crockford's base 32, lower case: URL-safe, no
look-alikes, and letters and digits only, because WebRTC clients read `conv_[a-zA-Z0-9]+` out of a room's name.
"""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
ENTROPY_BYTES = 10


def make_id(prefix: str, now_microseconds: int, entropy: bytes) -> str:
    """An id for something born at `now_microseconds`; `entropy` is ten random bytes."""
    number = (now_microseconds // 1000) << 80 | int.from_bytes(entropy[:ENTROPY_BYTES], "big")
    return f"{prefix}_{_base32(number)}"


def _base32(number: int) -> str:
    digits: list[str] = []
    for _ in range(_LENGTH):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))
