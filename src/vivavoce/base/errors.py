"""Everything that can go wrong in a way somebody can act on.

    Problem                      what went wrong and what to do, in one sentence each
    |- Invalid          422      a value the caller sent is wrong; names where (`loc`)
    |- Malformed        400      the request as a whole cannot be understood
    |- Unauthorized     401      nobody we know
    |- Forbidden        403      somebody we know, who may not
    |- NotFound         404      no such thing *in this workspace*
    |- Conflict         409      the thing is not in a state that allows this
    |- Outdated         412      somebody changed it since the caller read it
    |- TooLarge         413      over a limit, known before parsing
    |- UnsupportedMedia 415      the body comes in a form that is not read here
    |- TooMany          429      slow down; says for how long
    |- NotBuilt         501      the contract has it, this server does not, yet
    `- Unavailable      503      temporarily; retrying is right

The edge (`api/errors`) turns these into the contract's bodies; nothing below the edge knows HTTP but for the
number that each class carries. `status` is a stable word for programs, `message` is for people and never
holds a secret or another customer's data.
"""

from collections.abc import Sequence
from typing import ClassVar

_LONGEST_QUOTE = 80


def quoted(text: str) -> str:
    """What a caller sent, as a message repeats it: between quotes, and not at any length."""
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}...")


class Problem(Exception):
    """Something a caller can act on."""

    code: ClassVar[int] = 500
    status: str = "internal_error"

    def __init__(self, message: str, *, status: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status


class Malformed(Problem):
    """The request cannot be understood at all."""

    code = 400
    status = "bad_request"


class Unauthorized(Problem):
    """No key, or one that nobody knows."""

    code = 401
    status = "unauthorized"


class Forbidden(Problem):
    """A known caller lacks the scope or role."""

    code = 403
    status = "forbidden"


class NotFound(Problem):
    """There is no such thing in this workspace; what other workspaces have is nobody's business."""

    code = 404
    status = "not_found"

    @classmethod
    def of(cls, what: str, id: str) -> "NotFound":
        """The usual wording: `NotFound.of("agent", "agent_01...")`."""
        return cls(f"There is no {what} {quoted(id)} in this workspace.", status=f"{what.replace(' ', '_')}_not_found")


class Conflict(Problem):
    """The thing exists, but not in a state that allows this."""

    code = 409
    status = "conflict"


class Outdated(Problem):
    """The caller said what they had read, and it is not that any more."""

    code = 412
    status = "outdated"


class TooLarge(Problem):
    """Over a limit that is checked before parsing."""

    code = 413
    status = "too_large"


class UnsupportedMedia(Problem):
    """The body is of another type than this reads, or is packed."""

    code = 415
    status = "unsupported_media_type"


class TooMany(Problem):
    """Over a rate; `retry_after_seconds` says when it makes sense to try again."""

    code = 429
    status = "rate_limited"

    def __init__(self, message: str, *, retry_after_seconds: float, status: str | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after_seconds = retry_after_seconds


class NotBuilt(Problem):
    """The contract has it and we do not, yet; said honestly instead of pretended."""

    code = 501
    status = "not_built"


class Unavailable(Problem):
    """Cannot be served now, though nothing is wrong with the request."""

    code = 503
    status = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: float | None = None, status: str | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after_seconds = retry_after_seconds


class Invalid(Problem):
    """A value that was sent is wrong. `loc` is the path to it as the contract spells it: ("body", "name")."""

    code = 422
    status = "invalid"

    def __init__(self, loc: Sequence[str | int], message: str, *, type: str = "value_error") -> None:
        super().__init__(message)
        self.loc = tuple(loc)
        self.type = type
