"""Refuses documents that would refer to what is not there.

Only what a change *adds* is looked at: a reference that stood there before and has lost its target meanwhile must not
keep people from changing something else. What is found stays until the change is committed. Kinds in
`references.UNCHECKED` are taken on trust until their feature comes.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from vivavoce.base.errors import Invalid
from vivavoce.base.json import Body
from vivavoce.features.agents import references
from vivavoce.features.agents.records import AGENTS
from vivavoce.features.agents.references import Use
from vivavoce.features.webhooks.service import WEBHOOKS
from vivavoce.features.workspace.service import CONNECTIONS, SECRETS, VARIABLES, missing_target
from vivavoce.ports.documents import DocumentTransaction, Kind

BY_ID: Final[Mapping[str, Kind]] = {kind.kind: kind for kind in (AGENTS, CONNECTIONS, SECRETS, WEBHOOKS)}

# Referred to by what people call them, not by an id.
BY_UNIQUE: Final[Mapping[str, Kind]] = {VARIABLES.kind: VARIABLES}


async def check_references(transaction: DocumentTransaction, workspace_id: str, config: Body, before: Body) -> None:
    """`Invalid` at the first reference that `config` has, `before` had not, and that leads nowhere."""
    new = list(references.added(config, before))
    for kind in {use.reference.kind: use for use in new}:
        uses = [use for use in new if use.reference.kind == kind]
        known = await _known(transaction, workspace_id, kind, {use.reference.id for use in uses})
        for use in uses:
            if known is not None and use.reference.id not in known:
                raise _unknown(use)


async def _known(
    transaction: DocumentTransaction, workspace_id: str, kind: str, ids: Iterable[str]
) -> frozenset[str] | None:
    """Those of the ids that exist; None where nobody can say."""
    if kind in BY_ID:
        return frozenset(await transaction.hold(BY_ID[kind], workspace_id, list(ids)))
    if kind in BY_UNIQUE:
        return await _known_by_word(transaction, BY_UNIQUE[kind], workspace_id, ids)
    assert kind in references.UNCHECKED, f"nobody checks references to {kind}"
    return None


async def _known_by_word(
    transaction: DocumentTransaction, kind: Kind, workspace_id: str, words: Iterable[str]
) -> frozenset[str]:
    found = {word: await transaction.find(kind, workspace_id, word) for word in sorted(words)}
    ids = {word: document.id for word, document in found.items() if document is not None}
    held = await transaction.hold(kind, workspace_id, list(ids.values()))
    return frozenset(word for word, id in ids.items() if id in held)


def _unknown(use: Use) -> Invalid:
    noun = use.reference.kind.removesuffix("s").replace("_", " ")
    return missing_target(noun, use.reference.id, ("body", *use.loc))
