"""Whatever JSON comes in: a call starts or is refused in words, a document is kept as it is or refused at a place."""

import contextlib
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from fastapi.exceptions import RequestValidationError
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from vivavoce.api.schema import OneOf, Wire
from vivavoce.base.errors import Invalid
from vivavoce.features.agents.compile import Call, Compiled, compile_plan
from vivavoce.features.agents.config import check_config, config_in
from vivavoce.features.agents.document.agent import AgentConfig, LanguagePreset
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.document.platform import PlatformSettings
from vivavoce.features.agents.document.spellings import in_todays_words
from vivavoce.features.agents.document.tts import TtsConfig
from vivavoce.features.agents.document.turn import TurnConfig
from vivavoce.features.agents.merge import same
from vivavoce.features.agents.plan.overrides import GATED
from vivavoce.features.agents.plan.refusal import CannotStart
from vivavoce.features.agents.records import Running
from vivavoce.features.agents.references import references
from vivavoce.features.agents.widget import widget_config

CALL = Call(conversation_id="conv_1", started_at_micros=0)

leaves = (
    st.none() | st.booleans() | st.integers(-2, 2000) | st.floats(-2, 2) | st.sampled_from(["", "de", "{{x}}", "v"])
)
words = st.sampled_from(
    sorted({key for path in GATED for key in path} | {"type", "id", "tools", "overrides", "nodes", "built_in_tools"})
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4), max_leaves=12
)
sections = st.dictionaries(st.sampled_from(["agent", "tts", "turn", "conversation", "asr", "later"]), anything)


def of_type(hint: object) -> st.SearchStrategy[Any]:
    """Values that a wire model's field may have, null where it may be null; limits are left to the models."""
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Wire):
        return st.deferred(lambda: of_model(hint))
    if origin is Annotated:
        union = next((part for part in args[1:] if isinstance(part, OneOf)), None)
        if union is None:
            return of_type(args[0])
        kinds = [*union.models.items(), *([(None, union.otherwise)] if union.otherwise else [])]
        return st.one_of([tagged(union.field, tag, model) for tag, model in kinds])
    if origin in (Union, UnionType):
        return st.one_of([of_type(arg) for arg in args])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is list:
        return st.lists(of_type(args[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(st.sampled_from(["de", "a"]), of_type(args[1]), max_size=1)
    return {
        str: st.sampled_from(["", "de", "{{x}}", "{{system__time}}", "end_call", "custom-llm", "Europe/Berlin"]),
        bool: st.booleans(),
        int: st.integers(-1, 20),
        float: st.sampled_from([-1, 0, 0.75, 1, 2, 7.5]),
        NoneType: st.none(),
    }.get(hint, leaves)


def tagged(field: str, tag: str | None, model: type[Wire]) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: of_model(model)).map(lambda body: body if tag is None else {**body, field: tag})


@cache
def of_model(model: type[Wire]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(model, include_extras=True)
    fields = {name: of_type(hints[name]) for name in model.model_fields}
    required = {name: fields.pop(name) for name, info in model.model_fields.items() if info.is_required()}
    few = st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True) if fields else st.just([])
    return few.flatmap(
        lambda names: st.fixed_dictionaries({**required, **{name: fields[name] for name in names if name in fields}})
    )


configs = st.fixed_dictionaries(
    {
        "conversation_config": st.fixed_dictionaries(
            {
                "agent": of_model(AgentConfig),
                "tts": of_model(TtsConfig),
                "turn": of_model(TurnConfig),
                "language_presets": st.dictionaries(
                    st.sampled_from(["de", "fr"]), of_model(LanguagePreset), max_size=1
                ),
            }
        ),
        "platform_settings": of_model(PlatformSettings),
    },
    optional={"later": anything},
)
initiations = st.fixed_dictionaries(
    {},
    optional={
        "conversation_config_override": sections | anything,
        "dynamic_variables": st.dictionaries(st.sampled_from(["x", "secret__x", "system__time"]), anything) | anything,
        "custom_llm_extra_body": anything,
        "starting_workflow_node_id": anything,
        "procedure_ids": anything,
    },
)

fast = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def running(config: dict[str, Any]) -> Running:
    return Running("ws", "agent_1", "A", "agtbrch_1", "agtvrsn_1", config)


@fast
@given(initiations, st.booleans())
def test_whatever_a_client_sends_a_call_starts_or_is_refused_in_words(data: dict[str, Any], allowed: bool):
    gates: dict[str, Any] = {}
    for path in GATED if allowed else ():
        inner = gates
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = True
    config = {
        "conversation_config": {"language_presets": {"de": {"overrides": {}}}},
        "platform_settings": {"overrides": {"conversation_config_override": gates}},
    }
    try:
        made = compile_plan(running(config), CALL, data)
    except CannotStart as refused:
        assert refused.message
    else:
        assert isinstance(made, Compiled)


@fast
@given(configs)
def test_whatever_document_is_accepted_can_be_shown_and_called(document: dict[str, Any]):
    config = config_in(in_todays_words(document))
    try:
        check_config(config)
    except (RequestValidationError, Invalid):
        reject()
    full = with_defaults(config)
    for name, section in config.items():
        assert name not in full or type(full[name]) is type(section)
    assert same(with_defaults(full), full)
    widget_config(full, "https://example.com")
    references(config)
    with contextlib.suppress(CannotStart):
        compile_plan(running(config), CALL)
