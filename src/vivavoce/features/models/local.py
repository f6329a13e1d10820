"""Local models as an operator sees them: which there are, which are here, how far the fetching of others is.

They belong to the machine and not to a workspace, so only administrators of the installation's own workspace see and
change them. Fetching is another process's work: here it is only asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from vivavoce.base.errors import Conflict, Forbidden, Invalid
from vivavoce.base.frozen import frozen
from vivavoce.features.workspace.service import Identities
from vivavoce.ports.identity import Caller
from vivavoce.storage.models.manifest import Model
from vivavoce.storage.models.pulling import Pulling
from vivavoce.storage.models.shelf import Shelf, State, megabytes

_ROLE_OF_PART: Mapping[str, str] = {"ear": "ears", "voice": "voice", "turn": "turns", "embedding": "embeddings"}
"""What the parts of a call are called in the list of models."""


@frozen
class LocalModel:
    """A model, and whether it is here."""

    model: Model
    state: State
    is_being_fetched: bool
    profiles: Sequence[str]


@frozen
class LocalModels:
    """The local models of this machine. `ask` has some fetched, `break_off` ends that, where somebody can."""

    shelf: Shelf
    ask: Callable[[Sequence[str]], None] | None
    break_off: Callable[[], None] | None = None

    @property
    def can_fetch(self) -> bool:
        """Whether this server can fetch models by itself."""
        return self.ask is not None

    def all(self) -> Sequence[LocalModel]:
        """Every model that this version can use."""
        manifest, pulling = self.shelf.manifest, self.shelf.pulling()
        fetched = pulling.model_ids if pulling is not None and not pulling.failure else ()
        return [
            LocalModel(
                model,
                state := self.shelf.state(model),
                state != "here" and model.id in fetched,
                [name for name, members in manifest.profiles.items() if model.id in members],
            )
            for model in manifest.models.values()
        ]

    def pulling(self) -> Pulling | None:
        """The fetching that is under way, or that failed last."""
        return self.shelf.pulling()

    def fetch(self, model_ids: Sequence[str]) -> None:
        """Have models fetched in the background."""
        for model_id in model_ids:
            self.shelf.manifest.model(model_id)
        if self.ask is None:
            raise Conflict(
                "This process cannot fetch models. On the machine: vivavoce models pull", status="cannot_fetch_models"
            )
        self.ask(model_ids)

    def cancel(self) -> None:
        """Break off the fetching that this server has under way."""
        pulling = self.pulling()
        if pulling is None or pulling.failure:
            raise Conflict("Nothing is being fetched.", status="nothing_being_fetched")
        if self.break_off is None:
            raise Conflict("This process cannot break off a fetching.", status="cannot_fetch_models")
        self.break_off()

    def free_bytes(self) -> int | None:
        """The room on the disk of the models, if that can be told."""
        return self.shelf.free_bytes()

    def chosen(self, model_ids: Sequence[str] | None, profile: str | None) -> Sequence[str]:
        """The models that were named, by themselves or by a profile."""
        if (model_ids is None) == (profile is None):
            raise Invalid(("body",), "Name either model_ids or a profile.")
        return [model.id for model in self.shelf.manifest.profile(profile)] if profile else list(model_ids or ())

    async def remove(self, model_id: str) -> None:
        """Take a model off this machine. Calls that run go on with it."""
        self.shelf.manifest.model(model_id)
        pulling = self.shelf.pulling()
        if pulling is not None and not pulling.failure:
            raise Conflict("Models are being fetched; try again when that is done.", status="models_being_fetched")
        await self.shelf.drop([model_id])

    def summary(self, model_ids: Sequence[str]) -> str:
        """Some models for people: how many, and how large together."""
        size_bytes = sum(self.shelf.manifest.model(model_id).size_bytes for model_id in model_ids)
        noun = "model" if len(model_ids) == 1 else "models"
        return f"{len(model_ids)} local {noun} ({megabytes(size_bytes)})" if model_ids else ""

    def progress_of(self, part: str) -> tuple[Literal["coming", "missing"], str]:
        """How the fetching of a part's models is, if they are not here."""
        pulling = self.shelf.pulling()
        if pulling is None or _ROLE_OF_PART.get(part) not in self._roles(pulling):
            return "missing", ""
        if pulling.failure:
            return "missing", f"It could not be fetched: {pulling.failure}"
        return "coming", f"It is being fetched: {pulling.percent} % of {megabytes(pulling.total_bytes)}."

    def _roles(self, pulling: Pulling) -> Sequence[str]:
        return [
            self.shelf.manifest.models[each].role for each in pulling.model_ids if each in self.shelf.manifest.models
        ]


async def require_operator(caller: Caller, identities: Identities) -> None:
    """Refuse administrators of other workspaces: the machine is not theirs."""
    owner = await identities.installation()
    if owner is None or owner.workspace_id != caller.workspace_id:
        raise Forbidden(
            "Models and providers belong to the installation: only administrators of its own workspace see them.",
            status="missing_permissions",
        )
