"""The composition root: the only module that knows concrete classes, and says who gets what.

    open_application(settings)     everything open and migrated, for a worker, the jobs process or a command
    compose(settings, storage)     the wiring alone: no I/O, so that `vivavoce openapi` needs neither server nor data

Outside things are opened in the order they need each other and closed in the reverse one.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from vivavoce import __version__
from vivavoce.api.health import READY, Check, Health, Standing
from vivavoce.api.idempotency import REPLIES, Replays
from vivavoce.api.metrics import Metrics
from vivavoce.api.options import ServerOptions
from vivavoce.api.schema import unbuilt
from vivavoce.api.server import Server, create_server
from vivavoce.api.unbuilt import unbuilt_router
from vivavoce.base.errors import Conflict, Problem
from vivavoce.base.frozen import frozen
from vivavoce.features.agents import assembly as agents
from vivavoce.features.agents import routes as agent_routes
from vivavoce.features.agents.activity import RememberedCalls
from vivavoce.features.agents.costs import KnownPages
from vivavoce.features.agents.people import MemberPeople
from vivavoce.features.agents.records import AGENTS
from vivavoce.features.agents.sample import NAME as SAMPLE_NAME
from vivavoce.features.conversations import assembly as conversations
from vivavoce.features.conversations import routes as conversation_routes
from vivavoce.features.conversations.history import Conversations
from vivavoce.features.conversations.holding import HoldingOptions
from vivavoce.features.conversations.keeping import KeptCalls
from vivavoce.features.conversations.metrics import CallMetrics, lag_histogram
from vivavoce.features.conversations.store import ConversationStore
from vivavoce.features.models import routes as model_routes
from vivavoce.features.models.local import LocalModels
from vivavoce.features.models.metrics import ProviderMetrics
from vivavoce.features.models.providers import PartState, Providers
from vivavoce.features.models.service import BuiltInModels, LanguageModel, LanguageModels
from vivavoce.features.models.trying import Trials
from vivavoce.features.voices import assembly as voices
from vivavoce.features.voices import routes as voice_routes
from vivavoce.features.webhooks import routes as webhook_routes
from vivavoce.features.webhooks import service as webhooks
from vivavoce.features.webhooks.service import Webhooks
from vivavoce.features.workspace import routes as workspace_routes
from vivavoce.features.workspace import service as workspace
from vivavoce.features.workspace.limits.service import LIMITS, Limit, Limits
from vivavoce.live.hearing import Senses
from vivavoce.live.lag import Lag
from vivavoce.live.resampling import resampling
from vivavoce.live.runner import Organs
from vivavoce.live.supervisor import CallOptions, Calls
from vivavoce.net.addresses import Anywhere, PublicOnly
from vivavoce.net.outbound import HttpOutbound
from vivavoce.opening import key_file, model_shelf, no_installation, open_database, open_installed, outbound
from vivavoce.ports.blobs import Blobs, MemoryBlobs
from vivavoce.ports.bus import Bus, LocalBus
from vivavoce.ports.clock import SECOND, Clock, SystemClock
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.identity import ALL, Caller
from vivavoce.ports.jobs import Handler, Jobs, JobWorker, MemoryJobs
from vivavoce.ports.leases import Leases, MemoryLeases, Slot
from vivavoce.ports.recorder import NoRecorder
from vivavoce.ports.references import KnownReferences, References
from vivavoce.ports.tools import CannedTools
from vivavoce.ports.vault import GlassVault, SealedThings, Vault
from vivavoce.providers.assembly import Parts, Readiness
from vivavoce.providers.choices import LOCAL
from vivavoce.providers.current import CurrentParts
from vivavoce.providers.language.deterministic import load_rules
from vivavoce.providers.local.distant import There
from vivavoce.providers.local.pool import Urgency, shared_pool
from vivavoce.providers.local.workplace import Here, Workplace
from vivavoce.providers.registry import Outside as ProvidersOutside
from vivavoce.settings import Settings, reference, shares_models
from vivavoce.storage.backup import Progress
from vivavoce.storage.blobs import open_blobs, sweep_blobs
from vivavoce.storage.bus import bus_for_a_command, models_path, open_bus
from vivavoce.storage.database import Database, database_at
from vivavoce.storage.documents import SqlDocuments
from vivavoce.storage.job_worker import SqlJobWorker
from vivavoce.storage.jobs import CHANNEL as JOBS_CHANNEL
from vivavoce.storage.jobs import SqlJobs, prune_jobs
from vivavoce.storage.leases import SqlLeases
from vivavoce.storage.migrate import migrate
from vivavoce.storage.reindex import Reindexed, reindex_documents
from vivavoce.storage.vault import SqlVault, add_master_key, master_keys, master_keys_in_use, reseal_job

JobsNeeded = Callable[[float], None]
ModelsMissing = Callable[[Sequence[str]], None]

# Periodic jobs begin with the first run of the jobs process; on a fresh machine nothing else would ever start it.
FIRST_JOBS_SECONDS = 300.0

# Every kind of document; a test sees that none is missing.
KINDS = (REPLIES, *workspace.KINDS, *webhooks.KINDS, *voices.KINDS, *agents.KINDS, *conversations.KINDS)

# What goes on beside an application ends at once, unless what it talks to is away.
ENDING_SECONDS = 2.0

# How soon a server takes up models that came or went, and how soon it tries again to fetch those that could not be had.
LOOK_FOR_MODELS_SECONDS = 2.0
FETCH_AGAIN_SECONDS = 3600.0


@frozen
class Storage:
    """Everything outside."""

    database: Database
    documents: workspace.JoiningDocuments
    blobs: Blobs
    jobs: Jobs
    worker: JobWorker
    bus: Bus
    vault: Vault
    leases: Leases


@frozen
class Application:
    """An installation as one process sees it."""

    settings: Settings
    clock: Clock
    storage: Storage
    server: Server
    health: Health
    local_key: str
    workspace: workspace.WorkspaceServices
    agents: agents.AgentServices
    conversations: conversations.ConversationServices
    ways_out: "_WaysOut"
    current: CurrentParts
    local_models: LocalModels
    handlers: Sequence[Handler]

    @property
    def parts(self) -> Parts:
        """What a call that begins now thinks, speaks and hears with."""
        return self.current.parts

    @asynccontextmanager
    async def taking_calls(self) -> AsyncGenerator[None]:
        """This process takes calls within the block. At its end the records of all of them are written."""
        async with self.conversations.running():
            keeping = (self._keep_parts(), self._fetch_models(), self.parts.minds.discovery.keep_looking())
            async with AsyncExitStack() as stack:
                for work in keeping:
                    await stack.enter_async_context(_running(work))
                yield

    async def _keep_parts(self) -> None:
        """Load what calls need, and choose anew when models come or go, whoever fetched them."""
        await self.current.load_ahead()
        seen = self.local_models.shelf.changed_at()
        while True:
            await asyncio.sleep(LOOK_FOR_MODELS_SECONDS)
            if (changed := self.local_models.shelf.changed_at()) != seen:
                seen = changed
                await self.current.choose_anew()

    async def _fetch_models(self) -> None:
        """Have the models fetched that the settings want and that are not here."""
        while wanted := self.models_to_fetch():
            self.local_models.fetch(wanted)
            await asyncio.sleep(FETCH_AGAIN_SECONDS)

    def models_to_fetch(self) -> Sequence[str]:
        """What this server should fetch by itself."""
        choice = self.settings.fetch_models
        if choice == "none" or "calls" not in self.settings.role or not self.local_models.can_fetch:
            return ()
        if choice == "auto":
            return self.current.missing_models()
        shelf = self.local_models.shelf
        return [model.id for model in shelf.manifest.profile(choice) if shelf.state(model) != "here"]

    async def stop_calls(self, within_seconds: float) -> None:
        """Take no more calls; those that run may finish within the time, then they are hung up on."""
        self.health.stopping = True
        await self.conversations.calls.drain(within_seconds)

    async def first_run(self) -> dict[str, Any]:
        """Make what a new installation lacks; what a person at the terminal should be told."""
        preset = self.settings.admin_api_key
        made = await self.workspace.identities.first_run(preset.get_secret_value() if preset else None)
        link = await self.workspace.identities.create_login_link(made.user_id)
        sample = None
        if self.settings.sample_agent:
            sample = await self.agents.ensure_sample(made.workspace_id, made.user_id)
        return {
            "login_token": link.token,
            "api_key": made.api_key,
            "new": made.api_key is not None,
            "sample": SAMPLE_NAME if sample else None,
            "voice_lacks": next(iter(lacks_for_voice(self.parts).values()), None),
            "fetching": self.local_models.summary(self.models_to_fetch()),
        }

    async def prepare(self) -> None:
        """Do now, a little at a time, what the first requests and calls would otherwise wait for."""
        self.server.switchboard.work_out_sockets()
        await asyncio.to_thread(load_rules)
        for model in unbuilt():
            model.model_rebuild()
            await asyncio.sleep(0)

    async def do_jobs(self, leave_after_seconds: float | None) -> float | None:
        """Do jobs until cancelled, or until none was due for so long; then, in how many seconds the next one is."""
        await self.storage.worker.run(self.handlers, leave_after_seconds=leave_after_seconds)
        due = await self.storage.jobs.next_due()
        return None if due is None else max(0.0, (due - self.clock.now()) / SECOND)


# ---------------------------------------------------------------------------------------------------------------
# Opening


@asynccontextmanager
async def open_application(
    settings: Settings,
    *,
    clock: Clock | None = None,
    bus_url: str | None = None,
    jobs_needed: JobsNeeded | None = None,
    models_missing: ModelsMissing | None = None,
    models_unwanted: Callable[[], None] | None = None,
    models: Workplace | None = None,
) -> AsyncGenerator[Application]:
    """An application with everything open. `jobs_needed` is called when there is work for the jobs process,
    `models_missing` when somebody should fetch local models and `models_unwanted` when that is to end; `models` is
    where these are computed, if not here."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_storage(settings, clock, bus_url=bus_url))
        application = compose(settings, storage, clock, models_missing, models_unwanted=models_unwanted, models=models)
        stack.push_async_callback(application.workspace.identities.close)
        stack.push_async_callback(application.ways_out.close)
        stack.push_async_callback(application.current.close)
        await stack.enter_async_context(_running(application.workspace.identities.listen()))
        if jobs_needed is not None:
            await stack.enter_async_context(_running(_watch_jobs(storage, clock, jobs_needed)))
        yield application


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncGenerator[tuple[Application, Caller]]:
    """What is there already, for a command that works beside a server or without one; and its first admin.

    A command on a wrong folder must say so instead of making a new installation there.
    """
    async with open_installed(settings):
        pass
    # So that servers that run hear of what a command changed.
    bus_url = await bus_for_a_command(settings.bus, settings.data_dir)
    async with open_application(settings, bus_url=bus_url) as application:
        owner = await application.workspace.identities.installation()
        if owner is None:
            raise no_installation(settings)
        yield application, _admin(owner)


def _admin(owner: workspace.FirstRun) -> Caller:
    return Caller(owner.workspace_id, owner.user_id, "admin", frozenset({ALL}))


@asynccontextmanager
async def open_storage(settings: Settings, clock: Clock, *, bus_url: str | None = None) -> AsyncGenerator[Storage]:
    """Everything outside, open, the tables as this version wants them."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        await migrate(database)
        bus = await stack.enter_async_context(open_bus(bus_url or settings.bus, settings.data_dir))
        jobs = SqlJobs(database, clock, bus)
        yield Storage(
            database=database,
            documents=SqlDocuments(database, clock, jobs),
            blobs=open_blobs(settings.blobs, clock),
            jobs=jobs,
            worker=SqlJobWorker(database, clock, bus),
            bus=bus,
            vault=await _open_vault(database, clock, settings, jobs),
            leases=SqlLeases(database, clock),
        )


async def _open_vault(database: Database, clock: Clock, settings: Settings, jobs: SqlJobs) -> Vault:
    in_use = await master_keys_in_use(database)
    vault = SqlVault(database, clock, master_keys(_master_key(settings), key_file(settings), in_use), jobs)
    await vault.start()
    return vault


def _master_key(settings: Settings) -> str | None:
    return settings.master_key.get_secret_value() if settings.master_key else None


@asynccontextmanager
async def _running(work: Any) -> AsyncGenerator[None]:
    """Something that goes on beside the application, for as long as it is open, and is over before that is closed."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=ENDING_SECONDS)


async def _watch_jobs(storage: Storage, clock: Clock, jobs_needed: JobsNeeded) -> None:
    async with storage.bus.subscribe(JOBS_CHANNEL) as news:
        due = await storage.jobs.next_due()
        jobs_needed(FIRST_JOBS_SECONDS if due is None else max(0.0, (due - clock.now()) / SECOND))
        async for _ in news:
            jobs_needed(0.0)


# ---------------------------------------------------------------------------------------------------------------
# Wiring


def compose(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    models_missing: ModelsMissing | None = None,
    *,
    models_unwanted: Callable[[], None] | None = None,
    models: Workplace | None = None,
) -> Application:
    """Who gets what."""
    people = workspace.WorkspaceServices.over(
        workspace.Outside(
            storage.database,
            storage.documents,
            storage.vault,
            storage.bus,
            clock,
            session_seconds=settings.session_days * 24 * 3600,
            dependent_kinds=[AGENTS],
        )
    )
    hooks = Webhooks(storage.documents, storage.vault, clock, people.audit)
    ways_out = _ways_out(settings)
    current = _current_parts(settings, ways_out, people.references(), models)
    local_models = LocalModels(model_shelf(settings), models_missing, models_unwanted)
    language_models = LanguageModels(BuiltInModels(), _OfferedModels(current))
    store = ConversationStore(storage.database)
    history = Conversations(store, storage.blobs, people.audit)
    agent_services = agents.AgentServices.over(
        agents.Outside(
            storage.documents,
            storage.blobs,
            storage.vault,
            clock,
            people.audit,
            people=MemberPeople(people.members, clock),
            models=language_models,
            pages=KnownPages({}),
            last_calls=RememberedCalls(history, clock),
        )
    )
    voice_services = voices.VoiceServices.over(
        voices.Outside(
            storage.documents,
            clock,
            people.audit,
            voices=lambda: current.parts.voices,
            conversion=resampling,
            compute=_compute,
            senses=lambda: _organs(current).senses,
            lacks_ear=lambda: lacks_for_voice(current.parts).get("ear", ""),
        )
    )
    metrics = Metrics()
    lag = Lag(observe=lag_histogram(metrics.registry))
    talks = _conversations(
        settings,
        storage,
        clock,
        lambda: _organs(current),
        lag=lag,
        store=store,
        history=history,
        people=people,
        agent_services=agent_services,
        model_warning=current.parts.minds.replacement,
        backup_models=current.parts.minds.rules.backups,
        casting=voice_services.casting,
    )
    CallMetrics(talks.calls).register(metrics.registry)
    providers = Providers(lambda: current.parts.minds, lambda: _part_states(current), current.roster)
    ProviderMetrics(providers).register(metrics.registry)
    health = _health(storage, talks.calls, current, local_models)
    replays = Replays(storage.documents, clock)
    local_key = secrets.token_urlsafe(32)
    server = create_server(
        routers=[
            *workspace_routes.routers,
            *webhook_routes.routers,
            *model_routes.routers,
            *voice_routes.routers,
            *agent_routes.routers,
            *conversation_routes.routers,
            unbuilt_router(),
        ],
        services={
            **people.by_type(),
            Webhooks: hooks,
            LanguageModels: language_models,
            Providers: providers,
            Trials: Trials(current.candidate, current.draft, lambda: current.parts.minds.memory.board, resampling),
            Limits: limits_of(settings),
            **voice_services.by_type(),
            LocalModels: local_models,
            **agent_services.by_type(),
            **talks.by_type(),
        },
        identity=_LocalOrKnown(people.identities, local_key),
        options=server_options(settings),
        health=health,
        clock=clock,
        metrics=metrics,
        replays=replays,
    )
    return Application(
        settings=settings,
        clock=clock,
        storage=storage,
        server=server,
        health=health,
        local_key=local_key,
        workspace=people,
        agents=agent_services,
        conversations=talks,
        ways_out=ways_out,
        current=current,
        local_models=local_models,
        handlers=[
            prune_jobs(storage.database, clock),
            sweep_blobs(storage.blobs, clock),
            *agent_services.handlers(),
            *_resealing(storage.vault, [*people.sealed_things(), hooks]),
            *replays.handlers(),
        ],
    )


def _conversations(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    organs: Callable[[], Organs],
    *,
    lag: Lag,
    store: ConversationStore,
    history: Conversations,
    people: workspace.WorkspaceServices,
    agent_services: agents.AgentServices,
    model_warning: Callable[[str], str],
    backup_models: Sequence[str],
    casting: voices.WorkspaceCasting,
) -> conversations.ConversationServices:
    """What holds and keeps this process's calls."""
    owner = clock.new_id("process")
    return conversations.ConversationServices.over(
        conversations.Outside(
            store=store,
            history=history,
            kept=KeptCalls(storage.documents, storage.blobs, history, people.audit, clock),
            blobs=storage.blobs,
            bus=storage.bus,
            leases=storage.leases,
            clock=clock,
            agents=agent_services.agents,
            signatures=agent_services.signatures,
            environments=people.variables,
            organs=organs,
            calls=Calls(leases=storage.leases, owner=owner, lag=lag, options=_call_options(settings)),
            owner=owner,
            options=HoldingOptions(settings.allow_enclave_setup),
            backup_models=backup_models,
            model_warning=model_warning,
            casting=casting,
        )
    )


async def _compute(work: Callable[[], Any]) -> Any:
    """Work that would hold up the loop, behind what calls wait for."""
    return await shared_pool().run(Urgency.AUDIO, work)


def _call_options(settings: Settings) -> CallOptions:
    """How many calls this process takes."""
    machine = Slot(f"machine:{socket.gethostname()}", settings.max_calls) if settings.max_calls else None
    return CallOptions(machine=machine)


@frozen
class _WaysOut:
    """The HTTP clients: one for addresses of the settings, one for those that users choose."""

    configured: HttpOutbound
    chosen: HttpOutbound

    async def close(self) -> None:
        await self.configured.close()
        await self.chosen.close()


def _ways_out(settings: Settings) -> _WaysOut:
    return _WaysOut(outbound(Anywhere()), outbound(PublicOnly.but(settings.outbound_private_hosts)))


@frozen
class _OfferedModels:
    """The models of all providers, as the catalogue shows them. Those that were found come and go."""

    current: CurrentParts

    async def language_models(self, workspace_id: str) -> Sequence[LanguageModel]:
        """The same for everybody."""
        _ = workspace_id
        return _offered(self.current.parts)


def _offered(parts: Parts) -> Sequence[LanguageModel]:
    return [
        LanguageModel(
            model.name,
            max_tokens_limit=model.answer_tokens,
            max_context_limit=model.context_tokens,
            supports_image_input=model.abilities.images,
            supports_parallel_tool_calls=model.abilities.parallel_tools,
        )
        for model in parts.minds.offered()
    ]


def _organs(current: CurrentParts) -> Organs:
    """What a call that begins now thinks, speaks, hears and acts with."""
    parts = current.parts
    return Organs(
        minds=parts.minds,
        voices=parts.voices,
        senses=Senses(parts.activity, parts.ear, parts.turn),
        # No agent can have a tool of its own yet; whatever a model makes up is told so.
        tools=CannedTools(),
        recorder=NoRecorder(),
        conversion=resampling,
        version=__version__,
        warm=current.ready_for_voice,
    )


def _resealing(vault: Vault, things: Sequence[SealedThings]) -> list[Handler]:
    """The job that seals anew what older data keys have sealed; the double has no keys."""
    return [reseal_job(vault, things)] if isinstance(vault, SqlVault) else []


@frozen
class _LocalOrKnown:
    """Everybody the workspace knows, and the operator at the machine, with a key that never leaves this process."""

    identities: workspace.Identities
    local_key: str

    async def by_key(self, key: str) -> Caller | None:
        """The caller behind an API key."""
        if secrets.compare_digest(key.encode(), self.local_key.encode()):
            owner = await self.identities.installation()
            return _admin(owner) if owner is not None else None
        return await self.identities.by_key(key)

    async def by_session(self, token: str) -> Caller | None:
        """The caller behind a session's cookie."""
        return await self.identities.by_session(token)


def server_options(settings: Settings) -> ServerOptions:
    """The edge's options, from the settings."""
    return ServerOptions(
        version=__version__,
        public_url=settings.public_url,
        cors_origins=tuple(settings.cors_origins),
        trusted_proxies=tuple(settings.trusted_proxies),
        max_body_bytes=settings.max_body_bytes,
        requests_per_minute=settings.requests_per_minute,
        access_log=settings.access_log,
        strict_transport=settings.strict_transport,
    )


def limits_of(settings: Settings) -> Limits:
    """The limits that stand in the settings, each with its sentence."""
    meanings = {option.name: option.meaning for option in reference()}
    return Limits([Limit(name, getattr(settings, name), meanings[name]) for name in LIMITS])


def _health(storage: Storage, calls: Calls, current: CurrentParts, local_models: LocalModels) -> Health:
    health = Health()

    async def database() -> Standing:
        try:
            await storage.jobs.next_due()
        except Problem as problem:
            return Standing("missing", problem.message)
        return READY

    async def call_places() -> Standing:
        standing = calls.standing()
        return READY if standing.takes_calls else Standing("missing", standing.message)

    health.register("database", database)
    health.register("calls", call_places)
    for name in current.parts.standings:
        health.register(name, _part(current, local_models, name), needed=False)
    return health


def _part_states(current: CurrentParts) -> Sequence[PartState]:
    """Everything that is no mind, as administrators see it."""
    standings = {role: current.standing(role) for role in current.parts.chosen}
    return [
        PartState(role, current.parts.chosen[role], each.ready, each.coming, each.message)
        for role, each in standings.items()
    ]


def _in_order(names: Sequence[str]) -> str:
    return ", then ".join(names)


def _part(current: CurrentParts, local_models: LocalModels, name: str) -> Check:
    async def check() -> Standing:
        readiness = current.standing(name)
        if readiness.ready:
            return Standing("ready", readiness.message or _in_order(current.order(name)))
        if readiness.coming:
            return Standing("coming", readiness.message)
        level, message = local_models.progress_of(name)
        return Standing(level, f"{message} {readiness.message}".strip())

    return check


# ---------------------------------------------------------------------------------------------------------------
# For commands


def openapi_text() -> str:
    """The description of the API as this version serves it."""
    from vivavoce.api.openapi import build_document, written

    clock = SystemClock()
    jobs = MemoryJobs(clock)
    storage = Storage(
        database=database_at("sqlite://"),
        documents=MemoryDocuments(clock),
        blobs=MemoryBlobs(clock),
        jobs=jobs,
        worker=jobs,
        bus=LocalBus(),
        vault=GlassVault(),
        leases=MemoryLeases(clock),
    )
    return written(build_document(compose(Settings(), storage, clock).server, version=__version__))


async def rotate_keys(settings: Settings, *, master_key: bool) -> int:
    """New data keys for the secrets of every workspace, before that a new master key if wanted; how many these are."""
    async with open_installation(settings) as (application, _):
        vault = application.storage.vault
        assert isinstance(vault, SqlVault), "an installation has a real one"
        if master_key:
            if settings.master_key is not None:
                raise Conflict(_OWN_MASTER_KEY, status="master_key_from_outside")
            add_master_key(key_file(settings))
            await vault.rewrap()
        return await vault.rotate_data_keys()


_OWN_MASTER_KEY = (
    "The master key is given as a setting (master_key), so only you can change it: put the new one before the old one "
    "(VIVAVOCE_MASTER_KEY=new,old), start every server, then take the old one away."
)


async def reindex(settings: Settings, *, progress: Progress) -> Reindexed:
    """Derive anew what documents are found by, where a kind derives it otherwise than when they were written."""
    async with open_installation(settings) as (application, _):
        return await reindex_documents(application.storage.database, KINDS, progress=progress)


def voice_parts(settings: Settings) -> Parts:
    """What this machine would hear, judge and speak with, nothing of it loaded or opened."""
    return _current_parts(settings, _ways_out(settings), KnownReferences()).parts


def models_of(settings: Settings) -> Workplace:
    """Where the processes of a server compute local models: each here, or all in the one that has them."""
    return There(models_path(settings.data_dir)) if shares_models(settings) else Here()


def _current_parts(
    settings: Settings, ways_out: "_WaysOut", references: References, models: Workplace | None = None
) -> CurrentParts:
    place = model_shelf(settings).place
    outside = ProvidersOutside(
        ways_out.configured,
        ways_out.chosen,
        references,
        model_place=place,
        conversion=resampling,
        models=models or Here(),
    )
    return CurrentParts(settings.provider_choices, outside)


def lacks_for_voice(parts: Parts) -> Mapping[str, str]:
    """What is missing for calls by voice, by the part that lacks it."""
    standings = {name: parts.standing(name) for name in ("ear", "voice", "turn")}
    return {name: each.message for name, each in standings.items() if not each.ready and not each.coming}


def who_speaks(settings: Settings) -> str:
    """Who hears, judges and speaks on this machine, and who takes over, for people."""
    current = _current_parts(settings, _ways_out(settings), KnownReferences())
    return "; ".join(f"{part} {_in_order(current.order(part)) or 'none'}" for part in ("ear", "turn", "voice"))


async def mind_standing(settings: Settings) -> Readiness:
    """Whether a server with these settings has a mind, a server of models on this machine among them."""
    ways_out = _ways_out(settings)
    try:
        minds = _current_parts(settings, ways_out, KnownReferences()).parts.minds
        await minds.discovery.look()
        names = [mind.provider for mind in minds.all() if not mind.is_built_in]
        if not names and minds.stand_in.mind.provider == LOCAL:
            names = [minds.stand_in.model]
        return Readiness(bool(names), ", ".join(names))
    finally:
        await ways_out.close()
