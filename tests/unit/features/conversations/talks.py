"""Plans and turns for tests of what is kept of them."""

from dataclasses import replace

from vivavoce.engine.commands import Ending
from vivavoce.engine.plan import Caller, MindSettings, ModelChoice, Plan, ToolSpec, VoiceChoice, VoiceSettings
from vivavoce.engine.transcript import AgentTurn, CallMade, CallResult, ContextTurn, UserTurn
from vivavoce.engine.usage import Usage, Waterfall
from vivavoce.ports.clock import ManualClock

WORKSPACE = "ws_a"
HUNG_UP = Ending("caller_hung_up", "The caller hung up.")
BROKEN = Ending("mind_failed", "No model could answer: out of order.", 1002, "llm_timeout")

HELLO = AgentTurn(index=0, at=0.0, text="Hello.", event_id=1)
QUESTION = UserTurn(index=1, at=2.4, text="Where is my order?", medium="text", event_id=2)
ANSWER = AgentTurn(
    index=2,
    at=4.1,
    text="On its",
    original_text="On its way.",
    interrupted=True,
    event_id=3,
    model="scripted",
    calls=(CallMade(call_id="call_1", name="find_order", arguments={"number": 7}, at=3.0),),
    results=(CallResult(call_id="call_1", name="find_order", text='{"state": "sent"}', is_error=False, at=3.5),),
    waterfall=Waterfall(turn_ended=2.5, first_token=2.75, first_sentence=3.0, first_audio=3.125),
    usage=Usage(input_tokens=40, output_tokens=5),
)
WHISPER = ContextTurn(index=3, at=5.0, text="The caller opened the invoice.", context_id="page")


def plan_of(clock: ManualClock, **changes: object) -> Plan:
    """The plan of a call that begins now."""
    base = Plan(
        conversation_id=clock.new_id("conv"),
        agent_id="agent_1",
        branch_id="agtbrch_1",
        version_id="agtvrsn_1",
        started_at_micros=clock.now(),
        mind=MindSettings(model=ModelChoice(model="scripted")),
        voice=VoiceSettings(voice=VoiceChoice(voice_id="ada", model_id="local")),
        caller=Caller(user_id="user_7", source="python_sdk", source_version="2.0"),
        environment="production",
        tools=(ToolSpec(name="find_order"),),
    )
    return replace(base, **changes)
