"""Logs: one event per line, for people or as JSON, without anybody's words or keys.

Rules
- An event is a word (`request_failed`) and named values. What belongs to a request carries its `request_id` and
  `workspace_id` by itself.
- Customer content, what people said or wrote, goes only under a key with a `pii` segment (`pii`, `pii_text`,
  `answer.pii`). Such keys are dropped unless the operator asked for them.
- Keys, passwords, cookies and tokens are never logged: values under such names are blanked, and so is whatever in a
  text looks like one, tracebacks included. Tracebacks never show the values of variables.
- What libraries log through the standard library takes the same way; their small talk needs the level `debug`.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO, cast

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from vivavoce.api.passage import current_passage

LogFormat = Literal["console", "json"]

BLANK = "[not logged]"

_SEGMENTS = re.compile(r"[._\-\s]+")
_SECRET_NAMES = re.compile(
    r"(?:^|[._\-])(?:api[._\-]?keys?|xi[._\-]api[._\-]key|authorization|cookies?|set[._\-]cookie|passwords?|passphrase|"
    r"secrets?|tokens?|signature|private[._\-]key|master[._\-]key|credentials?)(?:$|[._\-])",
    re.IGNORECASE,
)
_SECRET_TEXTS = re.compile(
    r"""(?xi)
      \b(?:xi|sk|pk|rk|vv)_[a-z0-9_\-]{16,}            # keys by their usual prefixes
    | \bbearer\s+[^\s"',}\]]+                           # an Authorization header
    | \b(?:xi-api-key|authorization|set-cookie|cookie|x-csrf-token)["']?\s*[:=,]\s*b?["']?[^\r\n"',}\]]+
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                   # the password in a URL
    | \b(?:conversation_signature|token|signature|login)=[^&\s"'}\]]+
    """
)


def configure_logs(
    *,
    level: str = "info",
    form: LogFormat = "json",
    customer_content: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Set up logging for this process, ours and that of the libraries."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        blank_secrets,
    ]
    if not customer_content:
        shared.append(drop_customer_content)
    output = stream or sys.stderr
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_forget_record, *_renderers(form)])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper() if level in ("debug", "error") else "WARNING")
    logging.getLogger("vivavoce").setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def name_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say which request this belongs to, and whose it is."""
    passage = current_passage()
    if passage is not None:
        event.setdefault("request_id", passage.request_id)
        if passage.caller is not None:
            event.setdefault("workspace_id", passage.caller.workspace_id)
    return event


def drop_customer_content(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave out every value, however deep, whose key has a `pii` segment."""
    return cast(EventDict, _without_content(event))


def blank_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank values under the names of secrets, and what looks like a secret in any text."""
    return cast(EventDict, _blanked(event))


def _without_content(value: object) -> object:
    match value:
        case Mapping():
            fields = cast(Mapping[Any, object], value).items()
            return {key: _without_content(inner) for key, inner in fields if not _is_content(key)}
        case list() | tuple():
            return [_without_content(inner) for inner in cast(list[object], value)]
        case _:
            return value


def _is_content(key: object) -> bool:
    return "pii" in _SEGMENTS.split(str(key).lower())


def _blanked(value: object) -> object:
    match value:
        case Mapping():
            return {key: _blanked_field(key, inner) for key, inner in cast(Mapping[Any, object], value).items()}
        case list() | tuple():
            return [_blanked(inner) for inner in cast(list[object], value)]
        case bytes():
            return _SECRET_TEXTS.sub(BLANK, value.decode("utf-8", "replace"))
        case str():
            return _SECRET_TEXTS.sub(BLANK, value)
        case _:
            return value


def _blanked_field(key: object, value: object) -> object:
    # structlog's own entries (`_record`) are no texts of ours.
    if isinstance(key, str) and key.startswith("_"):
        return value
    countable = value is None or isinstance(value, int | float)  # prompt_tokens=312 is no secret
    return BLANK if not countable and _SECRET_NAMES.search(str(key)) else _blanked(value)


def _forget_record(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def _renderers(form: LogFormat) -> list[Processor]:
    if form == "console":
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.EventRenamer("event"), structlog.processors.JSONRenderer(serializer=_json)]


def _json(event: MutableMapping[str, Any], **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
