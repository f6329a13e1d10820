"""The voices that a workspace can name: those in stock, and its own.

Providers are asked for their voices when the first list is wanted, and again after a while, so that a voice that was
added over there is seen here without a restart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from vivavoce.base.errors import Forbidden, Invalid, NotFound, quoted
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.features.voices.own import DEFAULT_SETTINGS, VOICES, OwnVoices
from vivavoce.features.workspace.service import Actor
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Document
from vivavoce.ports.voice import ListedVoices, OfferedVoice, StockVoice

FRESH_SECONDS = 600
RETRY_SECONDS = 60
"""How long a list is good; and where a provider did not answer, how long until it is asked again."""


@frozen
class KnownVoice:
    """A voice with what its workspace set for it."""

    stock: StockVoice
    """Who speaks."""
    provider: str
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    own: Document | None = None
    """As the workspace made it, if it did."""

    @property
    def id(self) -> str:
        """What it is named by."""
        return self.stock.voice_id if self.own is None else self.own.id

    @property
    def name(self) -> str:
        """What people call it."""
        return self.stock.name if self.own is None else self.own.body["name"]

    @property
    def description(self) -> str:
        """What it is like."""
        return self.stock.description if self.own is None else self.own.body.get("description") or ""

    @property
    def category(self) -> str:
        """In the contract's words."""
        return "premade" if self.own is None else "generated"

    @property
    def created_at_seconds(self) -> int | None:
        """Since when it is there; nobody knows of stock."""
        return None if self.own is None else self.own.created_at // SECOND

    @property
    def labels(self) -> dict[str, str]:
        """What it can be found by."""
        stock = self.stock
        of_stock = {
            "language": stock.languages[0] if stock.languages else "",
            "accent": stock.accent,
            "gender": stock.gender,
            "age": stock.age,
            "use_case": stock.use_case,
            "provider": self.provider,
        }
        own: Mapping[str, str] = {} if self.own is None else self.own.body.get("labels") or {}
        return {name: value for name, value in {**of_stock, **own}.items() if value}

    @property
    def languages(self) -> frozenset[str]:
        """Every language it is listed under."""
        return frozenset({*self.stock.languages, *filter(None, [self.labels.get("language")])})

    def effective_settings(self) -> Body:
        """What was set, over what is usual."""
        return {**DEFAULT_SETTINGS, **self.settings}


class Catalogue:
    """All voices that workspaces can name; every call names one."""

    def __init__(self, voices: Callable[[], ListedVoices], own: OwnVoices, clock: Clock) -> None:
        self._voices = voices
        self._own = own
        self._clock = clock
        self._asked: ListedVoices | None = None
        self._asked_at = 0

    async def all(self, workspace_id: str) -> Sequence[KnownVoice]:
        """Its own, newest first, then those in stock."""
        stock = await self.stock()
        settings = await self._own.settings(workspace_id)
        own = [
            KnownVoice(base.stock, base.provider, settings.get(each.id, {}), each)
            for each in await self._own.all(workspace_id)
            if (base := stock.get(each.body["base_voice_id"])) is not None
        ]
        in_stock = [KnownVoice(each.stock, each.provider, settings.get(id, {})) for id, each in stock.items()]
        return [*own, *in_stock]

    async def stock(self) -> Mapping[str, OfferedVoice]:
        """The voices in stock, by id."""
        voices = self._voices()
        await self._refresh(voices)
        return {each.stock.voice_id: each for each in voices.offered()}

    async def _refresh(self, voices: ListedVoices) -> None:
        now = self._clock.now()
        is_new = voices is not self._asked
        good_for = (FRESH_SECONDS if voices.is_whole else RETRY_SECONDS) * SECOND
        if is_new or now - self._asked_at > good_for:
            self._asked, self._asked_at = voices, now
            await voices.learn(anew=voices.is_whole and not is_new)

    async def find(self, workspace_id: str, voice_id: str) -> KnownVoice | None:
        """A voice by its id. One whose provider is gone is found by nobody."""
        stock = await self.stock()
        own = None if voice_id in stock else await self._own.get(workspace_id, voice_id)
        base = stock.get(voice_id if own is None else own.body["base_voice_id"])
        if base is None:
            return None
        return KnownVoice(base.stock, base.provider, await self._own.settings_of(workspace_id, voice_id), own)

    async def get(self, workspace_id: str, voice_id: str) -> KnownVoice:
        """A voice; `NotFound` if there is none."""
        found = await self.find(workspace_id, voice_id)
        if found is None:
            raise NotFound.of(VOICES.called, voice_id)
        return found

    # A workspace's own

    async def create(self, actor: Actor, body: Body) -> KnownVoice:
        """A voice of one's own, made from one in stock."""
        base_id: str = body["base_voice_id"]
        if base_id not in await self.stock():
            raise Invalid(
                ("body", "base_voice_id"),
                f"There is no stock voice {quoted(base_id)}. GET /v1/voices lists them, with the category premade.",
                type="unknown_reference",
            )
        settings: Body = body.get("settings") or {}
        kept = {name: body.get(name) for name in ("name", "base_voice_id", "description", "labels")}
        document = await self._own.create(actor, kept, settings)
        return await self.get(actor.workspace_id, document.id)

    async def change(self, actor: Actor, voice_id: str, change: Body) -> None:
        """Change a voice of one's own."""
        await self._require_own(actor.workspace_id, voice_id)
        await self._own.change(actor, voice_id, change)

    async def delete(self, actor: Actor, voice_id: str) -> None:
        """Remove a voice of one's own that nobody uses."""
        await self._require_own(actor.workspace_id, voice_id)
        await self._own.delete(actor, voice_id)

    async def set(self, actor: Actor, voice_id: str, change: Body) -> None:
        """Set how a voice speaks in this workspace."""
        await self.get(actor.workspace_id, voice_id)
        await self._own.set(actor, voice_id, change)

    async def _require_own(self, workspace_id: str, voice_id: str) -> None:
        if voice_id in await self.stock():
            raise Forbidden(
                "This voice is in stock and the same for everybody. Make one of your own from it: "
                "POST /v1/vivavoce/voices with its id as base_voice_id.",
                status="voice_in_stock",
            )
        if await self._own.get(workspace_id, voice_id) is None:
            raise NotFound.of(VOICES.called, voice_id)
