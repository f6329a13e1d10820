"""Writes docs/reference/providers.md from the providers' own options. Run by `./dev docs`."""

from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from vivavoce.providers import registry
from vivavoce.providers.registry import Provider

PAGE = Path(__file__).parent / "reference" / "providers.md"
HEAD = """# Providers

Generated from `src/vivavoce/providers` by `./dev docs`; change the sentences there.

Who thinks, hears and speaks. Options stand in the settings file, in a table for each provider,

```toml
[providers.language.ollama]
kind = "openai_chat"
base_url = "http://localhost:11434/v1"
models = ["qwen3:8b"]
```

or as JSON in the variable `VIVAVOCE_PROVIDERS`: `{"language": {"ollama": {"kind": "openai_chat", ...}}}`. The name of
the table is yours; `kind` names the provider, and may be left out where the two are the same. The settings `ear`,
`voice`, `embedding` and `voice_activity` choose one by its name; models are found by theirs. See
[connect a language model](../how-to/connect-a-model.md) and
[connect ears and voices](../how-to/connect-ears-and-voices.md).
"""
ROLES = {
    "language": "Minds",
    "ear": "Ears",
    "activity": "Voice activity",
    "voice": "Voices",
    "embedding": "Meaning",
    "moderation": "Moderation",
}


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(role, title) for role, title in ROLES.items())


def _section(role: Any, title: str) -> str:
    found = [(name, registry.find(role, name)) for name in registry.names(role)]
    return f"\n## {title}: `[providers.{role}.NAME]`\n" + "".join(_provider(name, each) for name, each in found)


def _provider(name: str, provider: Provider[Any]) -> str:
    fields = provider.options.model_fields
    rows = "".join(
        f"| `{option}` | {_default(field)} | {_cell(field.description)} |\n" for option, field in fields.items()
    )
    table = f"\n| option | default | meaning |\n|---|---|---|\n{rows}" if rows else ""
    return f"\n### `{name}`\n\n{provider.summary}\n{table}"


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ({}, ()):
        return ""
    shown = ", ".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else value
    return f"`{shown}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
