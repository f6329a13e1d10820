"""What a server says when it is ready: where it is, how to come in, what to try."""

from collections.abc import Mapping
from typing import Any


def started(address: str, facts: Mapping[str, Any]) -> str:
    """The lines a person reads after `vivavoce serve`. Only what the facts know is said."""
    new = " (new)" if facts.get("new") else ""
    lines = [f"Vivavoce {facts.get('version', '')}  data in {facts.get('data_dir', '')}{new}"]
    if not address:
        return "\n".join([f"  {lines[0]}", "  Doing jobs; no port is open here (role jobs)."])
    if facts.get("login_token"):
        lines.append(_line("Dashboard", login_address(address, facts), "one-time link, 30 minutes"))
    if facts.get("api_key"):
        lines.append(_line("API key", str(facts["api_key"]), "shown once; `vivavoce keys create` makes more"))
    if facts.get("sample"):
        lines.append(
            _line("Sample", f'agent "{facts["sample"]}", to read and to change; `vivavoce talk` talks to it', "")
        )
    if facts.get("fetching"):
        lines.append(_line("Voice", f"fetching {facts['fetching']} in the background; text calls work now", ""))
    elif facts.get("voice_lacks"):
        lines.append(_line("Voice", str(facts["voice_lacks"]), ""))
    key = facts.get("api_key") or "xi_..."
    lines.append(_line("SDK", f'ElevenLabs(base_url="{address}", api_key="{key}")', ""))
    lines.append(_line("API docs", f"{address}/docs", ""))
    return "\n".join(f"  {line}".rstrip() for line in lines)


def login_address(address: str, facts: Mapping[str, Any]) -> str:
    """The page that signs somebody in, once."""
    return f"{address}/?login={facts['login_token']}"


def _line(label: str, value: str, note: str) -> str:
    return f"{label:<10} {value}" + (f"   {note}" if note else "")
