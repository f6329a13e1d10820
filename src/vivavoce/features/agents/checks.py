"""Refuses documents that would refer to what is not there.

Only what a change *adds* is looked at: a reference that stood there before and has lost its target meanwhile must not
keep people from changing something else. Kinds in `references.UNCHECKED` are taken on trust until their feature comes.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from vivavoce.base.errors import Invalid, quoted
from vivavoce.base.json import Body
from vivavoce.features.agents import references
from vivavoce.features.agents.records import AGENTS
from vivavoce.features.agents.references import Use
from vivavoce.features.webhooks.service import WEBHOOKS
from vivavoce.features.workspace.service import CONNECTIONS, SECRETS, VARIABLES
from vivavoce.ports.documents import DocumentReader, Kind

BY_ID: Final[Mapping[str, Kind]] = {kind.kind: kind for kind in (AGENTS, CONNECTIONS, SECRETS, WEBHOOKS)}

# Referred to by what people call them, not by an id.
BY_UNIQUE: Final[Mapping[str, Kind]] = {VARIABLES.kind: VARIABLES}


async def check_references(reader: DocumentReader, workspace_id: str, config: Body, before: Body) -> None:
    """`Invalid` at the first reference that `config` has, `before` had not, and that leads nowhere."""
    new = list(references.added(config, before))
    for kind in {use.reference.kind: use for use in new}:
        uses = [use for use in new if use.reference.kind == kind]
        known = await _known(reader, workspace_id, kind, {use.reference.id for use in uses})
        for use in uses:
            if known is not None and use.reference.id not in known:
                raise _unknown(use)


async def _known(reader: DocumentReader, workspace_id: str, kind: str, ids: Iterable[str]) -> frozenset[str] | None:
    """Those of the ids that exist; None where nobody can say."""
    if kind in BY_ID:
        return frozenset(await reader.get_many(BY_ID[kind], workspace_id, list(ids)))
    if kind in BY_UNIQUE:
        return frozenset([id for id in ids if await reader.find(BY_UNIQUE[kind], workspace_id, id)])
    assert kind in references.UNCHECKED, f"nobody checks references to {kind}"
    return None


def _unknown(use: Use) -> Invalid:
    noun = use.reference.kind.removesuffix("s").replace("_", " ")
    return Invalid(
        ("body", *use.loc),
        f"There is no {noun} {quoted(use.reference.id)} in this workspace. Create it first, or take it out here.",
        type="unknown_reference",
    )
