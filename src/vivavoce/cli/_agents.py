"""The agent that a command is about: by id or name in this installation, or from a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from vivavoce.base.errors import Conflict, Malformed, NotFound

if TYPE_CHECKING:
    from vivavoce.app import Application
    from vivavoce.features.agents.service import Running
    from vivavoce.ports.identity import Caller


def is_file(agent: str) -> bool:
    """Whether somebody means a file."""
    return agent.endswith(".json") or Path(agent).is_file()


def from_file(path: Path) -> "Running":
    """The agent in a JSON file."""
    import orjson

    from vivavoce.base.json import is_object
    from vivavoce.features.agents.service import running_from

    try:
        body = orjson.loads(path.read_bytes())
    except OSError as error:
        raise NotFound(f"{path} cannot be read ({error.strerror}).") from None
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{path} is no JSON: {error}.") from None
    if not is_object(body):
        raise Malformed(f"{path} holds no agent: it has to be a JSON object with conversation_config.")
    return running_from(body)


async def find(application: "Application", caller: "Caller", agent: str) -> str:
    """The id of an agent of this installation, by id or by its exact name."""
    from vivavoce.ports.documents import Query

    if agent.startswith("agent_"):
        return agent
    page = await application.agents.agents.page(caller, Query(search=agent, page_size=100))
    ids = [str(each["agent_id"]) for each in page.items if each["name"].casefold() == agent.casefold()]
    if not ids:
        raise NotFound(f"There is no agent {agent!r}: name one by its id (agent_...), its name or a JSON file.")
    if len(ids) > 1:
        raise Conflict(f"There are {len(ids)} agents named {agent!r}: {', '.join(ids)}. Choose one by its id.")
    return ids[0]
