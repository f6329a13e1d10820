"""One request to think, through as many models as it takes.

The models of a plan are asked in turn, beginning with the one that answered last, and around again: at least
`attempts` requests, and every model once. A model has failed when it reports so, when it is silent for longer than
`cascade_timeout_seconds`, or when it ends without having written or asked for anything. A failure in the middle of
a reply hands what was already given to the voice to the next model, which goes on from there; should it repeat the
beginning instead, the repetition is taken out.
"""

from __future__ import annotations

from typing import Literal

from vivavoce.engine.commands import StopThinking, Think, ToolOffer
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.plan import MindSettings, ModelChoice
from vivavoce.engine.prompt import Compose
from vivavoce.engine.transcript import StandIn

Purpose = Literal["answer", "speculation", "re_engagement", "filler"]


class Mind:
    """A run of the mind, and those that stand in for it."""

    def __init__(self, settings: MindSettings, out: Outbox, *, prefers: int = 0) -> None:
        self.run = 0
        """The run that is awaited; 0 when none is."""
        self.asked_at = 0.0
        self.choice = prefers
        """Index of the model that is asked, the plan's first choice being 0."""
        self._models = (settings.model, *settings.backups)
        self._settings = settings
        self._out = out
        self._attempts = 0
        self._progress_at = 0.0
        self._has_content = False
        self._compose: Compose | None = None
        self._tools: tuple[ToolOffer, ...] = ()
        self._purpose: Purpose = "answer"
        self._overlap = ""
        """What the next model may repeat."""
        self._unclear = ""
        """Text that could still turn out to be a repetition."""

    @property
    def model(self) -> ModelChoice:
        """The model that is asked."""
        return self._models[self.choice]

    @property
    def is_thinking(self) -> bool:
        """An answer is awaited."""
        return self.run > 0

    @property
    def is_silent(self) -> bool:
        """An answer is awaited, and not a word of it has come."""
        return self.is_thinking and not self._has_content

    def ask(self, compose: Compose, tools: tuple[ToolOffer, ...], purpose: Purpose, now: float) -> None:
        """Ask the preferred model."""
        self._compose, self._tools, self._purpose = compose, tools, purpose
        self._attempts = 0
        self._has_content = False
        self._overlap = self._unclear = ""
        self.asked_at = now
        self._request("", now)

    def adopt(self, now: float) -> None:
        """What was a speculation is now the answer; whoever waits for it waits from now."""
        self._purpose = "answer"
        self.asked_at = now

    def wrote(self, text: str, now: float) -> str:
        """The model wrote; what of it is new."""
        self._progress_at = now
        self._has_content = True
        return self._without_repetition(text)

    def wants_tool(self, now: float) -> None:
        """The model asked for a tool, which counts as an answer."""
        self._progress_at = now
        self._has_content = True

    def ended(self) -> bool:
        """The model has come to an end; false if it gave nothing, which is a failure."""
        if self._has_content:
            self.run = 0
        return self._has_content

    def stop(self) -> None:
        """Its answer is not wanted any more."""
        if self.run:
            self._out.emit(StopThinking(self.run))
            self.run = 0

    def too_slow_at(self) -> float | None:
        """When the model counts as failed."""
        return self._progress_at + self._settings.cascade_timeout_seconds if self.run else None

    def try_next(self, given: str, reason: str, now: float) -> bool:
        """The model failed; ask another to go on from `given`. False when all were asked."""
        self.run = 0
        if self._attempts >= max(self._settings.attempts, len(self._models)):
            self._out.note(f"{self.model.model} failed ({reason}); every model was asked.")
            return False
        failed = self.model.model
        self.choice = (self.choice + 1) % len(self._models)
        self._out.note(f"{failed} failed ({reason}); asking {self.model.model}.")
        self._out.stand_in(StandIn(role="mind", failed=failed, instead=self.model.model, reason=reason, at=now))
        self._overlap, self._unclear = given, ""
        self._request(given, now)
        return True

    def _request(self, given: str, now: float) -> None:
        assert self._compose is not None
        self._attempts += 1
        self.run = self._out.next_run()
        self._progress_at = now
        self._out.emit(Think(self.run, self.model, self._compose(given), self._tools, self._purpose))

    def _without_repetition(self, text: str) -> str:
        if not self._overlap:
            return text
        self._unclear += text
        fresh = self._unclear.lstrip()
        if self._overlap.startswith(fresh):
            return ""
        said, self._overlap, self._unclear = self._overlap, "", ""
        if fresh.startswith(said.rstrip()):
            rest = fresh[len(said.rstrip()) :]
            return rest.lstrip() if said[-1:].isspace() else rest
        return fresh if said[-1:].isspace() or fresh[:1] in ".,;:!?" else f" {fresh}"
