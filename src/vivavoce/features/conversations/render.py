"""Conversations as the contract shows them. Plain data in, plain data out; defaults are added here."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from vivavoce.base.json import Body, Json, is_object
from vivavoce.features.conversations.store import Conversation
from vivavoce.features.conversations.transcript import read_entry
from vivavoce.ports.clock import SECOND

# The contract's closed list; clients that check would refuse another word.
SOURCES = frozenset(
    {
        "android_sdk",
        "node_js_sdk",
        "react_native_sdk",
        "react_sdk",
        "js_sdk",
        "python_sdk",
        "widget",
        "sip_trunk",
        "twilio",
        "exotel",
        "genesys",
        "avaya",
        "audiocodes",
        "swift_sdk",
        "whatsapp",
        "twilio_sms",
        "flutter_sdk",
        "zendesk_integration",
        "slack_integration",
        "telegram_integration",
        "intercom_integration",
        "freshdesk_integration",
        "salesforce_integration",
        "template_preview",
        "genesys_bot_connector",
        "subagent_tool",
    }
)
UNKNOWN = "unknown"
UNUSED: Mapping[str, Json] = {"enabled": False, "used": False}
FEATURES = (
    "language_detection",
    "transfer_to_agent",
    "transfer_to_number",
    "multivoice",
    "dtmf_tones",
    "external_mcp_servers",
    "tool_dynamic_variable_updates",
    "voicemail_detection",
    "dtmf_input",
    "versioning",
    "file_input",
)


def summary_body(conversation: Conversation, tool_names: Sequence[str], *, asks_for: Mapping[str, bool]) -> Body:
    """A conversation as it stands in a list."""
    return {
        "agent_id": conversation.agent_id,
        "branch_id": conversation.branch_id,
        "version_id": conversation.version_id,
        "agent_name": conversation.body.get("agent_name"),
        "conversation_id": conversation.id,
        "start_time_unix_secs": conversation.started_at // SECOND,
        "call_duration_secs": conversation.duration_seconds,
        "message_count": conversation.user_messages + conversation.agent_messages,
        "user_message_count": conversation.user_messages,
        "agent_message_count": conversation.agent_messages,
        "status": conversation.status,
        "termination_reason": conversation.termination_reason,
        "call_successful": UNKNOWN,
        "call_success_score": None,
        "transcript_summary": None,
        "call_summary_title": None,
        "main_language": conversation.language,
        "conversation_initiation_source": _source(conversation.source),
        "tool_names": list(tool_names),
        "direction": None,
        "rating": conversation.rating,
        "sentiment_analysis": None,
        "data_collection_results": {} if asks_for.get("data_collection") else None,
        "evaluation_criteria_results": {} if asks_for.get("evaluation") else None,
        "tag_ids": [],
    }


def conversation_body(conversation: Conversation, entries: Sequence[Body]) -> Body:
    """A conversation, whole."""
    return {
        "agent_id": conversation.agent_id,
        "agent_name": conversation.body.get("agent_name"),
        "conversation_product": "agents",
        "status": conversation.status,
        "user_id": conversation.user_id,
        "branch_id": conversation.branch_id,
        "version_id": conversation.version_id,
        "metadata": _metadata(conversation),
        "analysis": None,
        "user_message_count": conversation.user_messages,
        "agent_message_count": conversation.agent_messages,
        "visited_agents": [{"agent_id": conversation.agent_id, "branch_id": conversation.branch_id}],
        "conversation_initiation_client_data": _initiation(conversation),
        "environment": conversation.body.get("environment") or "production",
        "conversation_id": conversation.id,
        "has_audio": False,
        "has_user_audio": False,
        "has_response_audio": False,
        "has_auxiliary_audio": False,
        "transcript": _transcript(entries, conversation.feedback.get("replies", {})),
        "tag_ids": [],
    }


def _transcript(entries: Sequence[Body], marks: Mapping[str, Body]) -> list[Body]:
    of_turn = _marks_of_turns(entries, marks)
    return [
        {**read_entry(entry), "feedback": of_turn.get(entry.get("source_event_id"))}
        if entry["role"] == "agent"
        else read_entry(entry)
        for entry in entries
    ]


def _marks_of_turns(entries: Sequence[Body], marks: Mapping[str, Body]) -> Mapping[Json, Body]:
    """What the caller thinks, by the id of a turn. Clients name the sound they heard last, and sound that goes on after
    a pause has a higher id than its turn.
    """
    turns = sorted(entry["source_event_id"] for entry in entries if entry["role"] == "agent" and _is_told(entry))
    places = {event_id: bisect_right(turns, event_id) for event_id in sorted(map(int, marks))}
    return {turns[place - 1]: marks[str(event_id)] for event_id, place in places.items() if place}


def _is_told(entry: Body) -> bool:
    """Whether a client heard of a turn; one that only called a tool has no id."""
    return bool(entry.get("source_event_id"))


def _metadata(conversation: Conversation) -> Body:
    body = conversation.body
    usage: Body = body.get("usage") or {}
    return {
        "start_time_unix_secs": conversation.started_at // SECOND,
        "accepted_time_unix_secs": conversation.started_at // SECOND,
        "call_duration_secs": conversation.duration_seconds,
        "queue_wait_secs": None,
        "cost": None,
        "deletion_settings": {
            "deletion_time_unix_secs": None,
            "deleted_logs_at_time_unix_secs": None,
            "deleted_audio_at_time_unix_secs": None,
            "deleted_transcript_at_time_unix_secs": None,
            "delete_transcript_and_pii": False,
            "delete_audio": False,
        },
        "feedback": _feedback(conversation.feedback),
        "authorization_method": body.get("authorization_method", "public"),
        "charging": _charging(usage),
        "phone_call": None,
        "batch_call": None,
        "termination_reason": conversation.termination_reason,
        "error": body.get("error"),
        "warnings": [*body.get("warnings", []), *map(_told, body.get("stand_ins", []))],
        "vivavoce_stand_ins": body.get("stand_ins", []),
        "main_language": conversation.language,
        "rag_usage": None,
        "text_only": conversation.text_only,
        "features_usage": _features(),
        "eleven_assistant": {"is_eleven_assistant": False},
        "initiator_id": None,
        "conversation_initiation_source": _source(conversation.source),
        "conversation_initiation_source_version": body.get("source_version"),
        "timezone": body.get("timezone"),
        "async_metadata": None,
        "whatsapp": None,
        "sms": None,
        "agent_created_from": UNKNOWN,
        "agent_last_updated_from": UNKNOWN,
        "voice_rewards": [],
        "cost_fiat": None,
    }


def _told(stand_in: Body) -> str:
    """Who took over from whom, in a sentence."""
    why = f": {stand_in['reason']}" if stand_in["reason"] else "."
    return (
        f"The {stand_in['role']} {stand_in['failed']} failed after {stand_in['time_in_call_secs']} s, "
        f"and {stand_in['instead']} went on in its place{why}"
    )


def _feedback(feedback: Body) -> Body:
    scores = [mark["score"] for mark in feedback.get("replies", {}).values()]
    overall, rating = feedback.get("overall"), feedback.get("rating")
    kind = "rating" if rating is not None else "thumbs" if overall or scores else None
    return {
        "type": kind,
        "overall_score": overall,
        "likes": scores.count("like"),
        "dislikes": scores.count("dislike"),
        "rating": rating,
        "comment": feedback.get("comment"),
    }


def _charging(usage: Body) -> Body:
    nothing: Body = {"model_usage": {}}
    thought: Body = usage.get("llm") or nothing
    return {
        "dev_discount": False,
        "is_burst": False,
        "tier": None,
        "llm_usage": {"irreversible_generation": thought, "initiated_generation": nothing},
        "llm_price": None,
        "llm_charge": None,
        "call_charge": None,
        "platform_charge": None,
        "platform_usage": {"category_usage": {}},
        "platform_price": None,
        "free_minutes_consumed": 0.0,
        "free_llm_dollars_consumed": 0.0,
        "tts_usage": usage.get("tts"),
        "asr_usage": None,
        "analysis": None,
    }


def _features() -> Body:
    node = dict(UNUSED)
    return {
        **{name: dict(UNUSED) for name in FEATURES},
        "pii_zrm_workspace": False,
        "pii_zrm_agent": False,
        "is_livekit": False,
        "workflow": {
            "enabled": False,
            "tool_node": node,
            "standalone_agent_node": node,
            "phone_number_node": node,
            "end_node": node,
        },
        "agent_testing": {
            "enabled": False,
            "tests_ran_after_last_modification": False,
            "tests_ran_in_last_7_days": False,
        },
    }


def _initiation(conversation: Conversation) -> Body:
    """What the client sent, with what it did not send."""
    sent: Body = conversation.body.get("initiation") or {}
    return {
        "starting_workflow_node_id": None,
        "procedure_ids": None,
        "branch_id": None,
        "environment": None,
        **sent,
        "conversation_config_override": _object(sent, "conversation_config_override"),
        "custom_llm_extra_body": _object(sent, "custom_llm_extra_body"),
        "dynamic_variables": _object(sent, "dynamic_variables"),
        "user_id": conversation.user_id,
        "source_info": {
            "source": _source(conversation.source),
            "version": conversation.body.get("source_version"),
        },
    }


def _object(sent: Body, name: str) -> Body:
    value: Json = sent.get(name)
    return value if is_object(value) else {}


def _source(source: str) -> str:
    return source if source in SOURCES else UNKNOWN
