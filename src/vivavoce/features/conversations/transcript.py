"""Turns of the engine as the contract's transcript keeps them. Pure.

An entry is stored with what differs from the contract's defaults (`ENTRY`), which are added when it is read. The
caller's context updates are entries of the caller with `contextual_update_info`; an agent's entry holds what was
heard, and beside it the tools it called and what came of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

import orjson

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.engine.plan import Plan
from vivavoce.engine.transcript import AgentTurn, CallMade, CallResult, ContextTurn, Turn, UserTurn
from vivavoce.engine.usage import Waterfall
from vivavoce.ports.clock import SECOND

ENTRY: Mapping[str, Json] = {
    "role": "user",
    "agent_metadata": None,
    "message": None,
    "multivoice_message": None,
    "tool_calls": [],
    "tool_results": [],
    "feedback": None,
    "llm_override": None,
    "producing_llm": None,
    "time_in_call_secs": 0,
    "conversation_turn_metrics": None,
    "rag_retrieval_info": None,
    "llm_usage": None,
    "interrupted": False,
    "ignored_as_backchannel": False,
    "original_message": None,
    "reasoning": [],
    "reasoned": False,
    "source_medium": None,
    "source_event_id": None,
    "used_static_kb_document_ids": [],
    "user_identifier": None,
    "id": None,
    "triggered_guardrails": [],
    "file_input": None,
    "file_inputs": [],
    "contextual_update_info": None,
}

# What the contract calls the times of a turn, and between which moments of the waterfall they lie.
_METRICS: Mapping[str, tuple[str, str]] = {
    "convai_asr_trailing_service_latency": ("speech_ended", "transcript_final"),
    "convai_end_of_turn_latency": ("speech_ended", "turn_ended"),
    "convai_llm_service_ttfb": ("turn_ended", "first_token"),
    "convai_llm_service_ttf_sentence": ("turn_ended", "first_sentence"),
    "convai_tts_service_ttfb": ("first_sentence", "first_audio"),
    "convai_time_to_playback": ("turn_ended", "first_played"),
    "convai_voice_to_voice": ("speech_ended", "first_played"),
}

_SYSTEM = "system"
_TOOL_TYPES = {"integration": "webhook"}


@frozen
class Word:
    """Something a conversation can be found by, with its amount where it is a number."""

    facet: str
    word: str
    amount: float | None = None


@frozen
class Entry:
    """A turn as it is stored."""

    turn: int
    body: Body
    words: tuple[Word, ...] = field(default_factory=tuple[Word, ...])

    @property
    def is_message(self) -> bool:
        """Whether somebody said or wrote something, and not only a client whispered to the agent."""
        return "contextual_update_info" not in self.body

    @property
    def folded(self) -> str:
        """What a search looks at."""
        return str(self.body.get("message") or "").casefold()


LONGEST_WORD = 200


def word_of(text: str) -> str:
    """A text as a word to be found by; what is too long for an index is cut."""
    return text[:LONGEST_WORD]


def entry_of(turn: Turn, plan: Plan, milestones: Mapping[str, float] | None = None) -> Entry:
    """A turn as it is stored."""
    match turn:
        case UserTurn():
            return Entry(turn.index, _differing(_user(turn)))
        case AgentTurn():
            return Entry(turn.index, _differing(_agent(turn, plan, milestones or {})), tuple(_words(turn, plan)))
        case ContextTurn():
            return Entry(turn.index, _differing(_context(turn)))


def read_entry(body: Body) -> Body:
    """An entry as the contract shows it, whole."""
    return {**ENTRY, **body}


def _differing(entry: Body) -> Body:
    return {name: value for name, value in entry.items() if name == "role" or value != ENTRY[name]}


def _user(turn: UserTurn) -> Body:
    return {
        "role": "user",
        "message": turn.text,
        "time_in_call_secs": int(turn.at),
        "source_medium": turn.medium,
        "source_event_id": turn.event_id,
        "ignored_as_backchannel": turn.ignored_as_backchannel,
    }


def _context(turn: ContextTurn) -> Body:
    return {
        "role": "user",
        "message": turn.text,
        "time_in_call_secs": int(turn.at),
        "contextual_update_info": {"context_id": turn.context_id or "", "is_superseded": turn.is_superseded},
    }


def _agent(turn: AgentTurn, plan: Plan, milestones: Mapping[str, float]) -> Body:
    parts = [
        {"text": part.text, "voice_label": part.voice_label, "time_in_call_secs": int(part.at)} for part in turn.parts
    ]
    made = {call.call_id: call.at for call in turn.calls}
    return {
        "role": "agent",
        "agent_metadata": {
            "agent_id": plan.agent_id,
            "branch_id": plan.branch_id,
            "workflow_node_id": None,
            "version_id": plan.version_id,
        },
        "message": turn.text or None,
        "multivoice_message": {"parts": parts} if parts else None,
        "tool_calls": [_call(call, plan) for call in turn.calls],
        "tool_results": [_result(result, plan, made.get(result.call_id, result.at)) for result in turn.results],
        "producing_llm": turn.model,
        "time_in_call_secs": int(turn.at),
        "conversation_turn_metrics": _metrics(turn.waterfall, milestones, plan),
        "llm_usage": _llm_usage(turn),
        "interrupted": turn.interrupted,
        "original_message": turn.original_text if turn.original_text != turn.text else None,
        "source_event_id": turn.event_id,
    }


def _call(call: CallMade, plan: Plan) -> Body:
    return {
        "type": _type_of(call.name, plan),
        "request_id": call.call_id,
        "tool_name": call.name,
        "params_as_json": orjson.dumps(call.arguments).decode(),
        "tool_has_been_called": True,
        "tool_details": None,
    }


def _result(result: CallResult, plan: Plan, called_at: float) -> Body:
    body: Body = {
        "type": _type_of(result.name, plan),
        "request_id": result.call_id,
        "tool_name": result.name,
        "result_value": result.text,
        "is_error": result.is_error,
        "is_blocked": False,
        "tool_has_been_called": True,
        "tool_latency_secs": round(result.at - called_at, 3),
        "error_type": "",
        "raw_error_message": result.text if result.is_error else "",
        "dynamic_variable_updates": [
            {
                "variable_name": name,
                "old_value": None,
                "new_value": str(value),
                "updated_at": plan.started_at_micros / SECOND + result.at,
                "tool_name": result.name,
                "tool_request_id": result.call_id,
            }
            for name, value in result.variables.items()
        ],
    }
    return {**body, "result": None} if body["type"] == _SYSTEM else body


def _type_of(name: str, plan: Plan) -> str:
    tool = plan.tool(name)
    return _SYSTEM if tool is None else _TOOL_TYPES.get(tool.kind, tool.kind)


def _metrics(waterfall: Waterfall, milestones: Mapping[str, float], plan: Plan) -> Body | None:
    metrics: Body = {}
    for name, (start, end) in _METRICS.items():
        began: float | None = getattr(waterfall, start)
        ended: float | None = getattr(waterfall, end)
        if began is not None and ended is not None:
            # What was thought ahead of the turn's end took no time that anybody waited for.
            metrics[name] = {"elapsed_time": round(max(0.0, ended - began), 4)}
    metrics |= {name: {"elapsed_time": round(at, 4)} for name, at in milestones.items()}
    if not metrics:
        return None
    return {
        "metrics": metrics,
        "convai_asr_provider": None if plan.text_only else plan.ears.provider or None,
        "convai_tts_model": None if plan.text_only else plan.voice.voice.model_id or None,
        "convai_tts_cascade": None,
    }


def _llm_usage(turn: AgentTurn) -> Body | None:
    if turn.model is None or not (turn.usage.input_tokens or turn.usage.output_tokens):
        return None
    return model_usage(turn.model, turn.usage.input_tokens, turn.usage.output_tokens, turn.usage.cached_tokens)


def model_usage(model: str, input_tokens: int, output_tokens: int, cached_tokens: int) -> Body:
    """Tokens of one model as the contract counts them; prices are the operator's business."""
    counted = {
        "input": input_tokens,
        "input_cache_read": cached_tokens,
        "input_cache_write": 0,
        "output_total": output_tokens,
    }
    return {"model_usage": {model: {name: {"tokens": tokens, "price": 0.0} for name, tokens in counted.items()}}}


def _words(turn: AgentTurn, plan: Plan) -> Iterator[Word]:
    for call in turn.calls:
        yield Word("tool", word_of(call.name))
        yield Word("tool_id", _id_of(call.name, plan))
    for result in turn.results:
        outcome = "errored" if result.is_error else "successful"
        yield Word(f"tool_{outcome}", word_of(result.name))
        yield Word(f"tool_id_{outcome}", _id_of(result.name, plan))


def _id_of(name: str, plan: Plan) -> str:
    """The id of a tool; system tools have none of their own."""
    tool = plan.tool(name)
    return word_of(f"__system_{name}" if tool is None else tool.tool_id or name)
