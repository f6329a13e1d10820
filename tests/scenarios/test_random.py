"""The seven invariants, over calls that nobody thought of.

Hypothesis makes up a plan, a caller, ears, a mind, a voice and tools, and lets the call happen in virtual time. The
`Invariants` watch every event. Afterwards the call has ended, once; what was not cut was heard exactly once; and its
journal, replayed from its text, yields the same commands.

The choice of examples is fixed (`derandomize`), so that the same commit gives the same result everywhere.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scenarios.simulation import (
    ALL_EVENTS,
    PHONE,
    Act,
    Answer,
    Ears,
    Simulation,
    Tool,
    Voice,
    coughs,
    happens,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    turn,
    types,
    waits,
)

from vivavoce.engine.commands import AgentResponsePart, HangUp, Hush, Play, Say
from vivavoce.engine.events import (
    ContextGiven,
    EarAtWork,
    EarFailed,
    HumanSaid,
    LanguageHeard,
    LineDropped,
    Played,
    Released,
    SilenceInDoubt,
    TakenOver,
    Thought,
    ThoughtEnded,
    ToolReturned,
    TurnLikelyOver,
    UserActive,
    Voiced,
    VoiceFailed,
    WantsTool,
)
from vivavoce.engine.journal import first_divergence, replay
from vivavoce.engine.phrasing import has_words, speakable
from vivavoce.engine.plan import (
    EndCall,
    LabelledVoice,
    LanguageDetection,
    LanguagePreset,
    Limits,
    Line,
    MindSettings,
    ModelChoice,
    Plan,
    SkipTurn,
    SoftTimeout,
    ToolSpec,
    VoiceChoice,
    VoiceSettings,
)

TEXTS = ("where is my order", "five five one two", "I want a pizza and", "mhm", "yeah", "stop", "no wait please", "no")
REPLIES = (
    "Of course. I can help you with that. It will take about 3.5 minutes, Dr. Who.",
    "Yes.",
    "<Bob>Hello, I am Bob.</Bob> And I am Ada, pleased to meet you.",
    "One, two, three.\n\nFour",
    "...",
    "",
)
FILLERS = ("Hm.", "Let me see.")
NOISE = (
    Thought(3, "ghost"),
    ThoughtEnded(5),
    WantsTool(4, "ghost", "weather", {}),
    Voiced(2, 0, 0.3, last=True),
    Voiced(6, 9, 0.3),
    VoiceFailed(3, "ghost"),
    Played(2, 99.0, 0.0),
    ToolReturned("ghost", "boo"),
    TurnLikelyOver(0.2, 0.0),
)

delays = st.sampled_from((0.0, 0.05, 0.2, 0.6, 1.5, 6.0, 20.0))
short_delays = st.sampled_from((0.0, 0.02, 0.1, 0.3, 0.9))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any agent."""
    tools = tuple(
        ToolSpec(
            name=name,
            execution=draw(st.sampled_from(("immediate", "after_speech", "async"))),
            timeout_seconds=draw(st.sampled_from((0.5, 3.0))),
            expects_response=draw(st.booleans()),
            disables_interruptions=draw(st.booleans()),
        )
        for name in ("weather", "order")
    )
    return plan(
        first_message=draw(st.sampled_from(("", "Hello.", "Hello, this is Ada, and this is a long first message."))),
        interruptible=draw(st.booleans()),
        text_only=draw(st.integers(0, 5)) == 0,
        seed=draw(st.integers(0, 3)),
        line=draw(st.sampled_from((Line(), PHONE, Line(gives_interims=False)))),
        mind=MindSettings(
            model=ModelChoice(model="first"),
            backups=tuple(ModelChoice(model=f"backup{n}") for n in range(draw(st.integers(0, 2)))),
            cascade_timeout_seconds=draw(st.sampled_from((0.5, 2.0))),
        ),
        voice=VoiceSettings(
            voice=VoiceChoice(voice_id="ada"),
            labelled=(LabelledVoice(label="Bob", voice=VoiceChoice(voice_id="bob")),),
        ),
        languages=(LanguagePreset(code="en"), LanguagePreset(code="de", voice=VoiceChoice(voice_id="heidi"))),
        turn=turn(
            speculative=draw(st.booleans()),
            eagerness=draw(st.sampled_from(("patient", "normal", "eager"))),
            mode=draw(st.sampled_from(("turn", "silence"))),
            turn_timeout_seconds=draw(st.sampled_from((1.0, 7.0))),
            silence_end_call_seconds=draw(st.sampled_from((None, 1.0, 30.0))),
            retranscribe_on_turn_timeout=draw(st.booleans()),
            transcribes_when_uninterruptible=draw(st.booleans()),
            merge_default_ignore_terms=draw(st.booleans()),
            minimum_words=draw(st.sampled_from((1, 2))),
        ),
        soft_timeout=SoftTimeout(
            timeout_seconds=draw(st.sampled_from((None, 0.3, 1.0))),
            messages=FILLERS,
            maximum_per_turn=draw(st.integers(1, 3)),
            randomised=draw(st.booleans()),
            asks_the_mind=draw(st.booleans()),
        ),
        limits=Limits(
            maximum_duration_seconds=draw(st.sampled_from((15.0, 60.0))),
            maximum_duration_message=draw(st.sampled_from(("", "Time is up."))),
        ),
        client_events=draw(st.sampled_from((ALL_EVENTS, ("audio", "interruption"), ()))),
        system_tools=(EndCall(), SkipTurn(), LanguageDetection()),
        tools=tools,
    )


answers = st.builds(
    Answer,
    text=st.sampled_from(REPLIES),
    tools=st.lists(
        st.sampled_from(
            (
                ("weather", {"city": "Bern"}),
                ("order", {}),
                ("nonsense", {}),
                ("skip_turn", {}),
                ("language_detection", {"language": "de", "reason": "asked"}),
                ("end_call", {"reason": "done", "message": "Goodbye then."}),
            )
        ),
        max_size=2,
    ).map(tuple),
    first_token=st.sampled_from((0.05, 0.2, 0.2, 1.5, 6.0)),
    per_token=st.sampled_from((0.0, 0.01, 0.3)),
    fails_after=st.sampled_from((*[None] * 8, 0, 3)),
    stalls_after=st.sampled_from((*[None] * 8, 0, 3)),
)

sounds = st.one_of(
    st.builds(says, st.sampled_from(TEXTS), seconds=st.sampled_from((None, 0.2, 3.0)), final_delay=short_delays),
    st.sampled_from((0.1, 0.5, 3.0)).map(coughs),
    st.sampled_from(TEXTS).map(types),
)
barge_ins = st.tuples(
    st.sampled_from(TEXTS[:3]).map(says),
    st.just(hears_agent_start()),
    short_delays.map(waits),
    sounds,
    short_delays.map(waits),
)
"""A question, and a sound while it is answered."""

single_acts: st.SearchStrategy[Act] = st.one_of(
    delays.map(waits),
    sounds,
    st.just(hears_agent_start()),
    st.just(hears_agent_finish()),
    st.sampled_from(NOISE).map(happens),
    st.sampled_from(
        (
            UserActive(),
            ContextGiven("page: cart", "page"),
            LanguageHeard("de", 0.0),
            EarAtWork(0.0),
            SilenceInDoubt(1.0),
            EarFailed("broken"),
            TakenOver("Eve"),
            HumanSaid("This is Eve. How can I help you?"),
            Released(),
        )
    ).map(happens),
)

scripts = st.lists(st.one_of(barge_ins, st.tuples(single_acts)), max_size=8).map(
    lambda groups: [act for group in groups for act in group]
)

ears = st.builds(
    Ears,
    start_delay=st.sampled_from((0.03, 0.2)),
    stop_delay=st.sampled_from((0.05, 0.4)),
    interims=st.booleans(),
    final_delay=short_delays,
    finals=st.integers(0, 5).map(bool),
    probability=st.sampled_from((None, 0.1, 0.5, 0.95)),
    detector=st.integers(0, 5).map(bool),
    last_interim=st.booleans(),
    says_nothing_heard=st.booleans(),
)
voices = st.builds(
    Voice,
    first_byte=st.sampled_from((0.05, 0.4)),
    speed=st.sampled_from((0.8, 5.0)),
    chunk=st.sampled_from((0.1, 2.0)),
    alignment=st.sampled_from(("characters", "words", "none")),
    fails_on=st.sampled_from(((), (), (), (1,), (1, 2, 3))),
    silent_on=st.sampled_from(((), (), (), (1,))),
)
tools = st.builds(Tool, delay=delays, result=st.sampled_from(("sunny", None)), fails=st.booleans())


@settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    plan_=plans(),
    script=scripts,
    mind=st.lists(answers, max_size=8),
    ears=ears,
    voice=voices,
    weather=tools,
    order=tools,
    reports=st.booleans(),
)
def test_any_call_keeps_the_invariants(plan_, script, mind, ears, voice, weather, order, reports):
    call = Simulation(
        plan_,
        script,
        mind=[*mind, *[Answer("Certainly, I will see to it. Is there anything else?")] * 20],
        fillers=[Answer("Looking.")],
        ears=ears,
        voice=voice,
        tools={"weather": weather, "order": order},
        marked=True,
    )
    call.line.reports = reports
    call.run(until=70.0)
    if not call.ended:
        call.report(LineDropped())
    assert call.ended
    assert len(call.all(HangUp)) == 1
    whatever_was_not_cut_was_heard_exactly_once(call)
    the_transcript_is_what_was_heard(call)
    the_journal_replays(call)
    what_is_written_is_closed_once(call)


def what_is_written_is_closed_once(call: Simulation) -> None:
    """Each text that streams to the client has one beginning and one end."""
    parts = call.all(AgentResponsePart)
    begun = [part.event_id for part in parts if part.kind == "start"]
    assert sorted(part.event_id for part in parts if part.kind == "stop") == sorted(set(begun)) == sorted(begun)


def the_transcript_is_what_was_heard(call: Simulation) -> None:
    """The ledger of the engine against the truth of the line, up to a word for each cut and each lost voice."""
    if call.plan.text_only or not call.line.reports:
        return
    filled = [filler for one in call.agent_turns() for filler in one.fillers]
    fillers = {say.run for say in call.all(Say) if say.text in (*FILLERS, "Looking.")}
    heard = sum(call.heard_characters(run) for run in {say.run for say in call.all(Say)} - fillers)
    stored = sum(len("".join(speakable(one.text).split())) for one in call.agent_turns())
    silent = sum(len("".join(one.text.split())) for one in call.agent_turns() if not has_words(one.text))
    slack = 16 * (1 + len(call.all(Hush)) + sum("voice failed" in note for note in call.notes()))
    assert abs(heard - (stored - silent)) <= slack, (heard, stored, filled)


def whatever_was_not_cut_was_heard_exactly_once(call: Simulation) -> None:
    if not call.line.reports:
        return
    hushed = {hush.run for hush in call.all(Hush)}
    for run in {play.run for play in call.all(Play)} - hushed:
        assert call.heard_once(run), f"run {run}: {call.line.heard}"


def the_journal_replays(call: Simulation) -> None:
    journal = call.journal()
    assert first_divergence(replay(journal)) is None
    assert len(journal.entries) == len(call.log)
