"""The catalogue on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Wire, known
from vivavoce.features.models.service import CUSTOM, SCRIPTED, LanguageModel

Model = Annotated[str, known(SCRIPTED, CUSTOM)]


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
