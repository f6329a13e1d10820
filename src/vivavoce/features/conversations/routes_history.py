"""The routes of conversations that were, and of those that run, as records."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader, ConvaiWriter, Visitor, from_browsers
from vivavoce.api.pages import Direction, Paging, Search, UnixSeconds, page_body, paging
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent_or_not, shown
from vivavoce.api.services import provided
from vivavoce.base.errors import NotBuilt
from vivavoce.base.json import Body
from vivavoce.features.conversations.filters import Filters, Wanted, Words, read_comparison, read_result
from vivavoce.features.conversations.history import Conversations
from vivavoce.features.conversations.schema import (
    ConversationRead,
    ConversationsPage,
    FeedbackGiven,
    Product,
    Result,
    Status,
    SummaryMode,
)
from vivavoce.features.workspace.service import Acting
from vivavoce.ports.clock import SECOND

router = Router(tags=["Conversations"])

PATH = "/v1/convai/conversations"
ONE = f"{PATH}/{{conversation_id}}"
MOST_VALUES = 50
LONGEST_VALUE = 500

ConversationsIn = Annotated[Conversations, Depends(provided(Conversations))]
PagesIn = Annotated[Paging, Depends(paging())]
Given = Annotated[Body, Depends(sent_or_not(FeedbackGiven))]
Text = Annotated[str | None, Query(max_length=LONGEST_VALUE)]
Texts = Annotated[list[str] | None, Query(max_length=MOST_VALUES, description="Any of these; repeat the parameter.")]
Seconds = Annotated[int | None, Query(ge=0, le=10**9)]
Stars = Annotated[int | None, Query(ge=1, le=5)]
FirstTurns = Annotated[
    int | None, Query(ge=1, le=1_000, description="Ours: of the transcript only so many turns, from its beginning.")
]
Statuses = Annotated[list[Status] | None, Query(description="None of these; repeat the parameter.")]


async def people(
    agent_id: Text = None,
    branch_id: Text = None,
    version_id: Text = None,
    user_id: Text = None,
    visited_agent_ids: Texts = None,
    visited_agent_branch_ids: Texts = None,
    phone_number_ids: Texts = None,
    whatsapp_phone_number_ids: Texts = None,
    parent_conversation_id: Text = None,
) -> Filters:
    """Filters by who talked."""
    words = {
        "agent": visited_agent_ids,
        "branch": visited_agent_branch_ids,
        "phone_number": phone_number_ids,
        "whatsapp_number": whatsapp_phone_number_ids,
        "parent": [parent_conversation_id] if parent_conversation_id else None,
    }
    return Filters(
        agent_id=agent_id, branch_id=branch_id, version_id=version_id, user_id=user_id, words=list(_words(words))
    )


async def course(
    call_start_before_unix: UnixSeconds = None,
    call_start_after_unix: UnixSeconds = None,
    call_duration_min_secs: Seconds = None,
    call_duration_max_secs: Seconds = None,
    conversation_initiation_source: Text = None,
    text_only: bool | None = None,
    conversation_product_type: Product | None = None,
    main_languages: Texts = None,
    exclude_statuses: Statuses = None,
    termination_reasons: Texts = None,
    search: Search = None,
) -> Filters:
    """Filters by how it went."""
    return Filters(
        started_after=_micros(call_start_after_unix),
        started_before=_micros(call_start_before_unix),
        shortest_seconds=call_duration_min_secs,
        longest_seconds=call_duration_max_secs,
        source=conversation_initiation_source,
        text_only=text_only,
        product=conversation_product_type,
        languages=main_languages or (),
        excluded_statuses=exclude_statuses or (),
        termination_reasons=termination_reasons or (),
        search=search or None,
    )


async def contents(
    tool_names: Texts = None,
    tool_names_successful: Texts = None,
    tool_names_errored: Texts = None,
    tool_ids: Texts = None,
    tool_ids_successful: Texts = None,
    tool_ids_errored: Texts = None,
    include_invalid_tool_calls: bool = False,
    triggered_procedure_ids: Texts = None,
    topic_ids: Texts = None,
    tag_ids: Texts = None,
    workflow_node_entered_id: Text = None,
    guardrail_types: Texts = None,
    custom_guardrail_names: Texts = None,
    dynamic_variable_params: Texts = None,
    dynamic_variable_filter: Text = None,
) -> Filters:
    """Filters by what happened in it."""
    words = {
        "tool": tool_names,
        "tool_successful": tool_names_successful,
        "tool_errored": tool_names_errored,
        "tool_id": tool_ids,
        "tool_id_successful": tool_ids_successful,
        "tool_id_errored": tool_ids_errored,
        "procedure": triggered_procedure_ids,
        "topic": topic_ids,
        "tag": tag_ids,
        "node": [workflow_node_entered_id] if workflow_node_entered_id else None,
        "guardrail": guardrail_types,
        "custom_guardrail": custom_guardrail_names,
    }
    also = {"tool": "tool_invalid", "tool_id": "tool_id_invalid"} if include_invalid_tool_calls else {}
    variables = _all(dynamic_variable_params, dynamic_variable_filter)
    return Filters(
        words=list(_words(words, also)),
        comparisons=[read_comparison("dynamic_variable_params", "variable", each) for each in variables],
    )


async def opinions(
    call_successful: Result | None = None,
    rating_min: Stars = None,
    rating_max: Stars = None,
    has_feedback_comment: bool | None = None,
    evaluation_params: Texts = None,
    data_collection_params: Texts = None,
    data_collection_filter: Text = None,
) -> Filters:
    """Filters by what people and analysis think of it."""
    collected = _all(data_collection_params, data_collection_filter)
    return Filters(
        call_successful=call_successful,
        lowest_rating=rating_min,
        highest_rating=rating_max,
        has_comment=has_feedback_comment,
        words=[read_result("evaluation_params", "evaluation", each) for each in evaluation_params or ()],
        comparisons=[read_comparison("data_collection_params", "collected", each) for each in collected],
    )


def _words(named: dict[str, list[str] | None], also: dict[str, str] | None = None) -> Iterable[Words]:
    also = also or {}
    for facet, values in named.items():
        if values:
            yield Words([facet, *([also[facet]] if facet in also else [])], values)


def _all(several: Sequence[str] | None, one: str | None) -> list[str]:
    return [*(several or ()), *([one] if one else ())]


def _micros(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * SECOND


def together(*filters: Filters) -> Filters:
    """Filters that all have to be met."""
    defaults = Filters()
    set_ones: dict[str, Any] = {
        known.name: getattr(each, known.name)
        for each in filters
        for known in fields(Filters)
        if getattr(each, known.name) != getattr(defaults, known.name)
    }
    set_ones["words"] = [word for each in filters for word in each.words]
    set_ones["comparisons"] = [one for each in filters for one in each.comparisons]
    return Filters(**set_ones)


@router.get(PATH, response_model=shown(ConversationsPage))
async def list_conversations(
    caller: ConvaiReader,
    conversations: ConversationsIn,
    pages: PagesIn,
    who: Annotated[Filters, Depends(people)],
    how: Annotated[Filters, Depends(course)],
    what: Annotated[Filters, Depends(contents)],
    thought: Annotated[Filters, Depends(opinions)],
    summary_mode: SummaryMode = "exclude",
    data_collection_ids: Texts = None,
    evaluation_criteria_ids: Texts = None,
    sort_direction: Direction = "desc",
) -> Response:
    """List conversations, the newest first."""
    wanted = Wanted(together(who, how, what, thought), pages.page_size, pages.cursor, sort_direction != "asc")
    asks_for = {"data_collection": bool(data_collection_ids), "evaluation": bool(evaluation_criteria_ids)}
    page = await conversations.page(caller.workspace_id, wanted, asks_for=asks_for)
    return json_reply(page_body("conversations", page))


@router.get(ONE, response_model=shown(ConversationRead))
async def get_conversation(
    conversation_id: str,
    caller: ConvaiReader,
    conversations: ConversationsIn,
    format: Annotated[Literal["json", "opentelemetry"], Query(description="Only json is built.")] = "json",
    vivavoce_first_turns: FirstTurns = None,
) -> Response:
    """A conversation with its transcript, times and outcome."""
    body = await conversations.get(caller.workspace_id, conversation_id, vivavoce_first_turns)
    if format != "json":
        raise NotBuilt("Traces in the form of OpenTelemetry are not built yet. Ask for format=json.")
    return json_reply(body)


@router.delete(ONE)
async def delete_conversation(
    conversation_id: str, caller: ConvaiWriter, actor: Acting, conversations: ConversationsIn
) -> Body:
    """Delete a conversation with its transcript."""
    await conversations.delete(actor, conversation_id)
    return {}


@router.post(f"{ONE}/feedback")
@from_browsers
async def rate_conversation(conversation_id: str, body: Given, caller: Visitor, conversations: ConversationsIn) -> Body:
    """Say what a conversation was like. Who has no key is known by the conversation's id, which only its client got."""
    change: Body = {name: body[name] for name in ("rating", "comment") if name in body}
    if "feedback" in body:
        change["overall"] = body["feedback"]
    workspace_id = caller.workspace_id if caller else await conversations.workspace_of(conversation_id)
    await conversations.rate(workspace_id, conversation_id, change)
    return {}
