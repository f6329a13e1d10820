"""Dynamic variables at the start of a call: where their values come from, and what a text does without one.

    placeholders of the agent  <  values given at the start  <  `system__` values, which nobody can give

Placeholders stand in for prompt and first message only, so that an agent can be tried out; tools never see them.
`secret__` values never get into the plan: it names them, and the shell that sends headers holds them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

import orjson

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.plan import Plan, VariableValue
from vivavoce.engine.variables import CallSoFar, placeholders, render, system_variable
from vivavoce.features.agents.plan.refusal import CannotStart

SECRET = "secret__"  # noqa: S105 - a prefix
SYSTEM = "system__"
ENVIRONMENT = "system_env__"

SYSTEM_VARIABLES = frozenset(
    f"{SYSTEM}{name}"
    for name in (
        "agent_id",
        "agent_turns",
        "call_duration_secs",
        "call_id",
        "call_sid",
        "called_number",
        "caller_id",
        "conversation_history",
        "conversation_id",
        "current_agent_id",
        "current_agent_turns",
        "current_subagent_turns",
        "is_text_only",
        "time",
        "time_utc",
        "timezone",
    )
)

# Prompts hold JSON and templates of other languages too; only what could be a name is one.
_NAME = re.compile(r"[\w.:-]+")


@frozen
class Variables:
    """The values of one call. `secrets` are never printed."""

    given: Mapping[str, VariableValue]
    """For the plan."""
    secrets: Mapping[str, str] = field(repr=False)
    shown: Mapping[str, VariableValue]
    """For texts: the given ones over the agent's placeholders."""

    @classmethod
    def of(cls, given: Mapping[str, Json], placeholders: Mapping[str, Json]) -> "Variables":
        """The variables of a call that was given these values, for an agent with those placeholders."""
        mine = {
            name: _plain(value) for name, value in given.items() if not name.startswith((SYSTEM, ENVIRONMENT, SECRET))
        }
        stand_ins = {name: _plain(value) for name, value in placeholders.items() if not name.startswith(SECRET)}
        secrets = {name: str(value) for name, value in given.items() if name.startswith(SECRET)}
        # Nobody says "null": where a client knows no value, a text has nothing in that place.
        shown = {name: "" if value is None else value for name, value in {**stand_ins, **mine}.items()}
        return cls(mine, secrets, shown)

    def with_system(self, plan: Plan) -> "Variables":
        """With the `system__` values as they are when the call begins."""
        start = CallSoFar(plan, now=0.0)
        frozen = {name: system_variable(name, start) for name in SYSTEM_VARIABLES}
        known = {name: "" if value is None else value for name, value in frozen.items()}
        return Variables(self.given, self.secrets, {**self.shown, **known})

    def filled(self, text: str) -> str:
        """A text with its variables filled in; a secret reads `<REDACTED>`."""
        return render(text, self.shown)

    def require(self, texts: Iterable[str]) -> None:
        """`CannotStart` if a text refers to what has no value, naming all of it."""
        if missing := self.missing(texts):
            raise CannotStart(
                "missing_dynamic_variable",
                f"These dynamic variables have no value: {', '.join(missing)}. "
                "Send them in dynamic_variables, or give the agent placeholders for them.",
            )

    def missing(self, texts: Iterable[str]) -> list[str]:
        """What texts refer to and nobody gave a value, without what every call brings by itself."""
        names = dict.fromkeys(name for text in texts for name in placeholders(text) if _NAME.fullmatch(name))
        return [name for name in names if name not in self.shown and not name.startswith(SECRET)]


def _plain(value: Json) -> VariableValue:
    """Lists and objects travel as JSON text."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
