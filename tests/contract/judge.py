"""What is wrong with an answer, by every oracle there is.

A success is read strictly with the types of both official SDKs, and looked through for fields that neither they nor
the OpenAPI document of the official CLI know.
An error has a JSON body of one of two shapes: an official client takes an error without a body for a success.
"""

from typing import Any

from tests.contract import strict
from tests.contract.cli import published_names
from tests.contract.javascript import JavaScriptReader
from tests.contract.recording import Answer

# Extensions of our own say so in their names.
OUR_PREFIX = "vivavoce_"


def defects(answer: Answer, javascript: JavaScriptReader, sent_names: frozenset[str] = frozenset()) -> list[str]:
    """Every defect of one answer, as people read it; what was sent may be read back, whatever it is called."""
    if answer.response.status_code >= 400:
        found = _error_defects(answer)
    elif answer.operation and answer.response.content:
        found = _success_defects(answer, javascript, sent_names)
    else:
        found = []
    return [f"{answer}: {each}" for each in found]


def _success_defects(answer: Answer, javascript: JavaScriptReader, sent_names: frozenset[str]) -> list[str]:
    operation = answer.operation
    assert operation is not None
    kind = operation.response_type()
    if kind in (bytes, str, None) or "json" not in answer.response.headers.get("content-type", ""):
        return []
    wrong = strict.defects(kind, answer.body)
    found = [f"Python SDK: {each}" for each in wrong]
    if not wrong:
        found += [f"unknown field {each}" for each in _made_up(kind, answer.body, sent_names)]
    verdict = javascript.read(operation.method, operation.path, answer.body)
    return found + [f"JavaScript SDK: {each}" for each in verdict.problems]


def _made_up(kind: object, body: Any, sent_names: frozenset[str]) -> list[str]:
    known = published_names() | sent_names
    names = {each: each.rsplit(".", 1)[-1] for each in strict.unknown_fields(kind, body)}
    return [each for each, name in names.items() if name not in known and not name.startswith(OUR_PREFIX)]


def _error_defects(answer: Answer) -> list[str]:
    try:
        detail = answer.body["detail"]
    except (ValueError, KeyError, TypeError):
        return [f"the body is no JSON object with a detail: {answer.response.text[:100]!r}"]
    if answer.response.status_code == 422:
        return (
            [] if isinstance(detail, list) and all(map(_is_field_error, detail)) else ["422 without {loc, msg, type}"]
        )
    named = (
        isinstance(detail, dict) and isinstance(detail.get("status"), str) and isinstance(detail.get("message"), str)
    )
    return [] if named else [f"the detail has no status and message: {detail!r}"]


def _is_field_error(error: Any) -> bool:
    return isinstance(error, dict) and isinstance(error.get("loc"), list) and {"msg", "type"} <= error.keys()
