"""The catalogue on the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Wire, known
from vivavoce.features.models.kinds import Kind
from vivavoce.features.models.local import LocalModel, LocalModels
from vivavoce.features.models.providers import ProviderState, SeatState
from vivavoce.features.models.service import CUSTOM, DETERMINISTIC, SCRIPTED, LanguageModel
from vivavoce.features.models.trying import Trial

Model = Annotated[str, known(DETERMINISTIC, SCRIPTED, CUSTOM)]
RoleName = Literal["language", "ear", "activity", "turn", "voice", "embedding", "moderation"]
ProviderName = Annotated[str, Field(min_length=1, max_length=100)]
ProviderOptions = Annotated[dict[str, Any], Field(max_length=64)]


class LLMDeprecationConfigModel(Wire):
    """How models go. Here none is ever replaced behind an agent's back, so everything is zero."""

    warning_start_days: int = 0
    fallback_start_days: int = 0
    fallback_complete_days: int = 0
    fallback_start_percentage: int = 0
    fallback_complete_percentage: int = 0


class LLMInfoModel(Wire):
    """A model and what it can do."""

    llm: Model
    is_checkpoint: bool
    max_tokens_limit: int
    max_context_limit: int
    supports_image_input: bool
    supports_document_input: bool
    supports_parallel_tool_calls: bool
    available_reasoning_efforts: list[str] | None
    available_service_tiers: list[str]
    deprecation_info: None = None
    regional_processing_surcharge: None = None

    @classmethod
    def of(cls, model: LanguageModel) -> "LLMInfoModel":
        """A model of the catalogue."""
        efforts = model.reasoning_efforts
        return cls(
            llm=model.llm,
            is_checkpoint=model.is_checkpoint,
            max_tokens_limit=model.max_tokens_limit,
            max_context_limit=model.max_context_limit,
            supports_image_input=model.supports_image_input,
            supports_document_input=model.supports_document_input,
            supports_parallel_tool_calls=model.supports_parallel_tool_calls,
            available_reasoning_efforts=None if efforts is None else list(efforts),
            available_service_tiers=list(model.service_tiers),
        )


class LLMListResponseModel(Wire):
    """The catalogue."""

    llms: list[LLMInfoModel]
    default_deprecation_config: LLMDeprecationConfigModel = Field(default_factory=LLMDeprecationConfigModel)


class ProviderStateModel(Wire):
    """A provider of minds and how it is doing."""

    name: str
    origin: Literal["settings", "found", "built_in"]
    models: list[str]
    condition: Literal["unused", "well", "failing", "resting"]
    asked: int
    failed: int
    running: int
    first_word_seconds: float | None
    rests_for_seconds: float
    last_failure: str
    failed_seconds_ago: float | None

    @classmethod
    def of(cls, state: ProviderState) -> "ProviderStateModel":
        """One of them."""
        return cls(
            name=state.name,
            origin=state.origin,
            models=list(state.models),
            condition=state.condition,
            asked=state.asked,
            failed=state.failed,
            running=state.running,
            first_word_seconds=state.first_word_seconds,
            rests_for_seconds=state.rests_for_seconds,
            last_failure=state.last_failure,
            failed_seconds_ago=state.failed_seconds_ago,
        )


class StandInModel(Wire):
    """A model that agents asked for and nobody has, and who answered."""

    llm: str
    answered_by: str


class PartModel(Wire):
    """What calls hear, judge turns, speak or look texts up with."""

    role: str
    provider: str
    ready: bool
    coming: bool
    message: str


class SeatModel(Wire):
    """A provider in its role: its place there, how it is doing, and what the settings say of it but for secrets."""

    role: RoleName
    name: str
    kind: str
    summary: str
    place: Literal["first", "steps_in", "also", "waits"]
    is_configured: bool
    stands_in: bool
    lacks: str
    needs: list[str]
    options: dict[str, Any]
    secrets: list[str]
    condition: Literal["unused", "well", "failing", "resting"]
    asked: int
    failed: int
    first_seconds: float | None
    last_failure: str

    @classmethod
    def of(cls, state: SeatState) -> "SeatModel":
        """One of them."""
        seat = state.seat
        return cls(
            role=seat.role,
            name=seat.name,
            kind=seat.kind,
            summary=seat.summary,
            place=seat.place,
            is_configured=seat.is_configured,
            stands_in=seat.stands_in,
            lacks=seat.lacks,
            needs=list(seat.needs),
            options=dict(seat.options),
            secrets=list(seat.secrets),
            condition=state.condition,
            asked=state.asked,
            failed=state.failed,
            first_seconds=state.first_seconds,
            last_failure=state.last_failure,
        )


class ChainModel(Wire):
    """Who answers when an agent's own model fails, and for models that nobody has."""

    backups: list[str]
    hedge_after_seconds: float | None
    stand_in: str


class ProvidersModel(Wire):
    """The providers of minds and of everything else, as one process sees them."""

    providers: list[ProviderStateModel]
    stand_ins: list[StandInModel]
    parts: list[PartModel]
    seats: list[SeatModel]
    chain: ChainModel


class FormFieldModel(Wire):
    """One option of a provider as a field of a form."""

    name: str
    shape: Literal["text", "secret", "number", "whole", "flag", "choice", "list", "table", "json"]
    meaning: str
    is_required: bool
    default: Any
    choices: list[str]
    least: float | None
    most: float | None


class KindModel(Wire):
    """A provider that could be configured."""

    role: RoleName
    name: str
    summary: str
    can_be_tried_first: bool
    fields: list[FormFieldModel]

    @classmethod
    def of(cls, kind: Kind) -> "KindModel":
        """One of them."""
        return cls(
            role=kind.role,
            name=kind.name,
            summary=kind.summary,
            can_be_tried_first=kind.can_be_tried_first,
            fields=[
                FormFieldModel(
                    name=each.name,
                    shape=each.shape,
                    meaning=each.meaning,
                    is_required=each.is_required,
                    default=each.default,
                    choices=list(each.choices),
                    least=each.least,
                    most=each.most,
                )
                for each in kind.fields
            ],
        )


class KindsModel(Wire):
    """Every provider that could be configured."""

    kinds: list[KindModel]


class TryProviderRequest(Wire):
    """Whom to try: a provider by its name; with `options`, one that stands nowhere yet."""

    role: RoleName
    name: ProviderName
    options: ProviderOptions | None = None


class WriteProviderRequest(Wire):
    """Options to be checked and written as lines for the settings file."""

    role: RoleName
    name: ProviderName
    options: ProviderOptions


class ProviderLinesModel(Wire):
    """What to put into the settings file. Secrets are left to be filled in there."""

    toml: str
    file: str


class TrialModel(Wire):
    """What came of trying a provider."""

    worked: bool
    first_seconds: float | None
    total_seconds: float
    text: str
    expected: str
    sound_base64: str | None
    failure: str

    @classmethod
    def of(cls, trial: Trial) -> "TrialModel":
        """One trial."""
        return cls(
            worked=not trial.failure,
            first_seconds=trial.first_seconds,
            total_seconds=trial.total_seconds,
            text=trial.text,
            expected=trial.expected,
            sound_base64=trial.sound_base64,
            failure=trial.failure,
        )


class LLMUsageCalculatorRequest(Wire):
    """What an agent would send to its model."""

    prompt_length: Annotated[Integer, Field(ge=0, le=2**53)]
    number_of_pages: Annotated[Integer, Field(ge=0, le=2**53)]
    rag_enabled: Flag
    service_tier: Literal["standard", "fast"] | None = None


class LLMUsageCalculatorLLMResponseModel(Wire):
    """What that costs with one model, in dollars."""

    llm: Model
    price_per_minute: float
    price_per_message: float


class LLMUsageCalculatorResponseModel(Wire):
    """What that costs with each model."""

    llm_prices: list[LLMUsageCalculatorLLMResponseModel]


class LocalModelResponse(Wire):
    """A model that can run on this machine."""

    model_id: str
    role: str
    title: str
    languages: list[str]
    licence: str
    upstream: str
    size_bytes: int
    state: Literal["here", "fetching", "begun", "missing"]
    profiles: list[str]

    @classmethod
    def of(cls, local: LocalModel) -> "LocalModelResponse":
        """A model of the list."""
        model = local.model
        return cls(
            model_id=model.id,
            role=model.role,
            title=model.title,
            languages=list(model.languages),
            licence=model.licence,
            upstream=model.upstream,
            size_bytes=model.size_bytes,
            state="fetching" if local.is_being_fetched else local.state,
            profiles=list(local.profiles),
        )


class FetchingResponse(Wire):
    """How far a fetching is; `failure` says why it broke off."""

    model_ids: list[str]
    done_bytes: int
    total_bytes: int
    failure: str | None


class LocalModelsResponse(Wire):
    """The local models, the fetching that is under way or that failed last, and the room there is."""

    models: list[LocalModelResponse]
    fetching: FetchingResponse | None
    free_bytes: int | None
    can_fetch: bool

    @classmethod
    def of(cls, local: LocalModels) -> "LocalModelsResponse":
        """How it stands."""
        pulling, fetching = local.pulling(), None
        if pulling is not None:
            fetching = FetchingResponse(
                model_ids=list(pulling.model_ids),
                done_bytes=pulling.done_bytes,
                total_bytes=pulling.total_bytes,
                failure=pulling.failure or None,
            )
        return cls(
            models=[LocalModelResponse.of(each) for each in local.all()],
            fetching=fetching,
            free_bytes=local.free_bytes(),
            can_fetch=local.can_fetch,
        )


class PullModelsRequest(Wire):
    """Which models to fetch: some by id, or a profile."""

    model_ids: Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=64)] | None = None
    profile: Annotated[str, Field(max_length=100)] | None = None
