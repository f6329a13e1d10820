"""An agent that is nowhere but in a file: what `GET` answers, or what `POST` takes, as JSON."""

from collections.abc import Mapping

from fastapi.exceptions import RequestValidationError

from vivavoce.base.errors import Malformed
from vivavoce.base.json import Json
from vivavoce.features.agents.config import check_config, config_in, name_in
from vivavoce.features.agents.records import Running


def running_from(body: Mapping[str, Json]) -> Running:
    """What a conversation with this agent runs; `Malformed` names the fields at fault."""
    config = config_in(body)
    try:
        check_config(config)
    except RequestValidationError as refused:
        faults = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in refused.errors()]
        raise Malformed(f"The agent cannot be used. {'; '.join(faults)}") from None
    return Running(
        workspace_id="", agent_id="agent_file", name=name_in(body), branch_id="", version_id="", config=config
    )
