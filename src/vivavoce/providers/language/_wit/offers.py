"""The tools, as a conversation needs them: what each is for, what it takes, and whether it changes something.

Beside name, description and the schema of its arguments a tool may carry, in what every mind is given:

- examples of what people say when they want it: `examples` of the schema, or sentences in quotes in the description;
- what is said of its result: `Then say: Your order is {{status}}.` in the description, and `If it fails, say: ...`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from vivavoce.base.frozen import frozen
from vivavoce.base.json import is_array, is_object
from vivavoce.engine.commands import ToolOffer
from vivavoce.providers.language._wit.words import sentences, spelled

SYSTEM = frozenset({"end_call", "skip_turn", "language_detection", "voicemail_detection", "play_keypad_touch_tone"})
"""Built-in tools, which are wanted by what people say to each other, not by what they are for."""
_TRANSFER = re.compile(r"transfer_to|human|handoff|hand_over|escalat|forward_call|live_agent", re.I)
_CHANGING_WORDS = """
add apply activate block book buy cancel change charge close create deactivate delete deposit dispatch disable
enable file freeze issue lock make move order pay place postpone purchase refund register remove renew report
request reschedule reserve reset schedule send set start stop submit subscribe suspend switch transfer unblock
unsubscribe update upgrade withdraw arrange
"""
_CHANGES = frozenset(_CHANGING_WORDS.split())
_LOOKS = frozenset(
    {"answer", "check", "find", "get", "give", "list", "look", "read", "return", "search", "show", "tell"}
)
_EXAMPLE = re.compile(r"[\"“]([^\"“”]{3,120})[\"”]")
_SAY = re.compile(r"(?<!fails, )\b(?:then )?say:\s*(?P<what>[^\n]+?)(?=\s+If it fails|\n|$)", re.I)
_SAY_FAILED = re.compile(r"\bif it fails,? say:\s*(?P<what>[^\n]+)", re.I)


@frozen
class Slot:
    """An argument of a tool."""

    name: str
    schema: Mapping[str, object]
    is_required: bool

    @property
    def spoken(self) -> str:
        """Its name as people say it."""
        return _spoken(self.name) or "value"

    @property
    def kind(self) -> str:
        """The type of its value."""
        found = self.schema.get("type", "string")
        return str(next((each for each in found if each != "null"), "string") if is_array(found) else found)

    @property
    def description(self) -> str:
        """What it is."""
        return str(self.schema.get("description", ""))

    @property
    def choices(self) -> list[str]:
        """The values it may have, as they are said."""
        found = self.schema.get("enum")
        return [str(each) for each in found if each is not None] if is_array(found) else []

    def chosen(self, choice: str) -> object:
        """The value that a choice stands for; a schema may list numbers."""
        found = self.schema.get("enum")
        return next((each for each in found if str(each) == choice), choice) if is_array(found) else choice

    @property
    def pattern(self) -> str:
        """What its text must look like."""
        return str(self.schema.get("pattern", ""))

    @property
    def about(self) -> str:
        """Its name and description, for rules that look for words."""
        return f"{self.spoken} {self.description} {self.schema.get('format', '')}".lower()


@frozen
class Offer:
    """A tool."""

    name: str
    purpose: str
    """What it is for, without examples and templates."""
    examples: tuple[str, ...]
    slots: tuple[Slot, ...]
    said: str = ""
    said_of_failure: str = ""

    @property
    def spoken(self) -> str:
        """Its name as people say it."""
        return _spoken(self.name)

    @property
    def changes(self) -> bool:
        """Whether it does something that should be confirmed first."""
        said = [word.removesuffix("s") for word in (*spelled(self.purpose)[:1], *spelled(self.spoken)[:1])]
        return bool(said) and said[0] not in _LOOKS and any(word in _CHANGES for word in said)

    def slot(self, name: str) -> Slot:
        """One of its arguments."""
        return next(slot for slot in self.slots if slot.name == name)

    def missing(self, filled: Mapping[str, object]) -> list[Slot]:
        """What must still be asked for."""
        return [slot for slot in self.slots if slot.is_required and slot.name not in filled]


def offers_in(tools: Sequence[ToolOffer]) -> list[Offer]:
    """The tools that people ask for by what they are for."""
    return [offer_of(tool) for tool in tools if tool.name not in SYSTEM and not _TRANSFER.search(tool.name)]


def transfer_in(tools: Sequence[ToolOffer]) -> ToolOffer | None:
    """The tool that brings a human."""
    return next((tool for tool in tools if _TRANSFER.search(tool.name)), None)


def offer_of(tool: ToolOffer) -> Offer:
    """A tool, read."""
    said, failed = _SAY.search(tool.description), _SAY_FAILED.search(tool.description)
    told = _SAY_FAILED.sub("", tool.description)
    told = _SAY.sub("", told)
    quoted = _EXAMPLE.findall(told)
    given = tool.parameters.get("examples")
    examples = [str(each) for each in given] if is_array(given) else []
    purpose = " ".join(sentence for sentence in sentences(told) if not _EXAMPLE.search(sentence))
    return Offer(
        tool.name,
        purpose,
        (*quoted, *examples),
        tuple(slots_in(tool.parameters)),
        _unquoted(said),
        _unquoted(failed),
    )


def slots_in(schema: Mapping[str, object]) -> list[Slot]:
    """The properties of a schema."""
    properties, required = schema.get("properties"), schema.get("required")
    if not is_object(properties):
        return []
    needed = [str(each) for each in required] if is_array(required) else []
    return [Slot(name, each, name in needed) for name, each in properties.items() if is_object(each)]


def _unquoted(match: re.Match[str] | None) -> str:
    return match["what"].strip().strip('"“”').strip() if match else ""


@lru_cache(maxsize=2_048)
def _spoken(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").lower().strip()
    return re.sub(r"\bid\b", "ID", spaced)
