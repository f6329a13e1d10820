"""Thinking: runs of language models. Each `Think` is a task that reports what its model produces, by run number.

Words are reported at once while the first sentence may not be complete, which the caller waits for; later ones
together, as far as they come within `HELD_SECONDS`. A model writes several times as fast as anybody speaks or reads,
and each report makes the engine decide and the journal grow.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from vivavoce.engine.commands import Think
from vivavoce.engine.events import Event, Thought, ThoughtEnded, ThoughtFailed, Tokens, WantsTool
from vivavoce.engine.plan import MindSettings, ModelChoice
from vivavoce.live.within import Within
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Minds, Text, ToolWanted

_log = logging.getLogger(__name__)

AT_ONCE_CHARACTERS = 80
HELD_SECONDS = 0.05
"""Less than anybody notices in a text that grows, or between two sentences of which the first one sounds."""


def _others(mind: MindSettings, model: ModelChoice) -> Sequence[str]:
    """The agent's other models."""
    return [each.model for each in (mind.model, *mind.backups) if each.model != model.model]


class Thinking:
    """The runs of one call."""

    def __init__(self, within: Within, minds: Minds) -> None:
        self._within = within
        self._minds = minds
        self._report = within.report
        self._runs: dict[int, asyncio.Task[None]] = {}

    def start(self, command: Think) -> None:
        """Ask a model."""
        task = self._within.tasks.create_task(self._run(command), name=f"think {command.run}")
        self._runs[command.run] = task
        task.add_done_callback(lambda _: self._runs.pop(command.run, None))

    def stop(self, run: int) -> None:
        """Break a run off; what it was about to report is lost, as it should be."""
        task = self._runs.pop(run, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Break everything off."""
        for run in list(self._runs):
            self.stop(run)

    async def _run(self, command: Think) -> None:
        words = Wording(command.run, self._within.loop, self._report)
        try:
            tokens = await self._stream(command, words)
            words.tell()
            self._report(ThoughtEnded(command.run, tokens))
        except MindFailed as failure:
            words.tell()
            self._report(ThoughtFailed(command.run, self._within.as_told(failure.message)))
        except Exception as error:
            # A provider must not end a call. What broke is for the log; the engine asks another model.
            self._within.log_broken(_log, "A mind broke.", error)
            words.tell()
            self._report(ThoughtFailed(command.run, f"The model failed ({type(error).__name__})."))
        finally:
            words.drop()

    async def _stream(self, command: Think, words: "Wording") -> Tokens:
        plan = self._within.plan
        request = ChatRequest(
            command.model,
            command.messages,
            command.tools,
            plan.conversation_id,
            self._within.workspace_id,
            plan.environment or "production",
            {**plan.variables, **self._within.secrets},
            stand_ins=_others(plan.mind, command.model),
            patience_seconds=plan.mind.cascade_timeout_seconds,
            keeps_content=self._within.keeps_content,
            stepped_in=self._report,
        )
        async with self._minds.find(command.model).chat(request) as pieces:
            async for piece in pieces:
                match piece:
                    case Text(text):
                        words.add(text)
                    case ToolWanted(call_id, name, arguments):
                        words.tell()
                        self._report(WantsTool(command.run, call_id, name, arguments))
                    case Finished():
                        return Tokens(piece.input_tokens, piece.output_tokens, piece.cached_tokens)
        return Tokens()


class Wording:
    """The words of one run on their way to the engine."""

    def __init__(self, run: int, loop: asyncio.AbstractEventLoop, report: Callable[[Event], None]) -> None:
        self._run = run
        self._loop = loop
        self._report = report
        self._told_characters = 0
        self._held: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        """The next words."""
        self._held.append(text)
        if self._told_characters < AT_ONCE_CHARACTERS:
            self.tell()
        elif self._timer is None:
            self._timer = self._loop.call_later(HELD_SECONDS, self.tell)

    def tell(self) -> None:
        """Report what is held."""
        if self._held:
            text = "".join(self._held)
            self._told_characters += len(text)
            self._report(Thought(self._run, text))
        self.drop()

    def drop(self) -> None:
        """Nobody wants to know any more."""
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
