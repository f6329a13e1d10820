"""Pronunciation dictionaries: names for lists of rules. Every change of the rules is a version that stays as it was.

A locator names a dictionary and, if it wants to stay with it, a version. What is spoken by a locator is a `Lexicon`.
"""

from collections.abc import Callable, Mapping, Sequence

from vivavoce.base.errors import Malformed, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.base.pages import Page
from vivavoce.features.voices.pronouncing import Alias, Lexicon, aliases, soundings
from vivavoce.features.workspace.service import Actor, AuditLog, created, updated
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Document, Documents, DocumentTransaction, Kind, Query, Reference
from vivavoce.ports.voice import Sounding

DICTIONARIES = Kind(
    "pronunciation_dictionaries",
    "pdict",
    facets=lambda body: {"archived": ["false" if body["archived_at"] is None else "true"]},
    noun="pronunciation dictionary",
)
VERSIONS = Kind("pronunciation_dictionary_versions", "pdictvrsn", noun="pronunciation dictionary version")
MOST_RULES = 2_000
_MOST_WARNINGS = 3
_NOUN = "Pronunciation Dictionary"

Rules = Sequence[Mapping[str, Json]]


@frozen
class Located:
    """The rules that locators lead to, and what has to be said of them."""

    lexicon: Lexicon
    elsewhere: tuple[Body, ...] = ()
    """Locators of dictionaries that are not kept here; the provider may know them."""
    warnings: tuple[str, ...] = ()


class Dictionaries:
    """The dictionaries of all workspaces; every call names one."""

    def __init__(self, documents: Documents, clock: Clock, audit: AuditLog) -> None:
        self._documents = documents
        self._clock = clock
        self._audit = audit

    async def create(self, actor: Actor, name: str, description: str | None, rules: Rules) -> Document:
        """A new dictionary, with its first version."""
        _check_count(rules)
        dictionary_id = self._clock.new_id(DICTIONARIES.prefix)
        async with self._documents.transaction() as transaction:
            version = await self._version(transaction, actor, dictionary_id, rules)
            body: Body = {
                "name": name,
                "description": description,
                "created_by": actor.user_id,
                "archived_at": None,
                "latest_version_id": version.id,
                "latest_version_rules_num": len(rules),
            }
            document = await transaction.insert(DICTIONARIES, actor.workspace_id, body, id=dictionary_id)
            await self._audit.record(transaction, actor, created(_NOUN), Reference(DICTIONARIES.kind, dictionary_id))
        return document

    async def page(self, workspace_id: str, query: Query) -> Page[Document]:
        """Some of them; facet: archived."""
        return await self._documents.page(DICTIONARIES, workspace_id, query)

    async def get(self, workspace_id: str, dictionary_id: str) -> Document:
        """One of them."""
        found = await self._documents.get(DICTIONARIES, workspace_id, dictionary_id)
        if found is None:
            raise NotFound.of(DICTIONARIES.called, dictionary_id)
        return found

    async def rules(self, workspace_id: str, dictionary_id: str, version_id: str | None = None) -> Rules:
        """The rules of a version, or of the newest one."""
        document = await self.get(workspace_id, dictionary_id)
        wanted: str = version_id or document.body["latest_version_id"]
        version = await self._documents.get(VERSIONS, workspace_id, wanted)
        if version is None or version.parent_id != dictionary_id:
            raise NotFound.of(VERSIONS.called, wanted)
        return version.body["rules"]

    async def change(self, actor: Actor, dictionary_id: str, change: Body) -> Document:
        """Change the name, or put it away and get it out again."""
        said = dict(change)
        async with self._documents.transaction() as transaction:
            document = await self._claimed(transaction, actor, dictionary_id)
            if "archived" in said:
                now = document.body["archived_at"] or self._clock.now()
                said["archived_at"] = now if said.pop("archived") else None
            changed = await transaction.update(DICTIONARIES, document, {**document.body, **said})
            await self._audit.record(transaction, actor, updated(_NOUN), Reference(DICTIONARIES.kind, dictionary_id))
        return changed

    async def revise(self, actor: Actor, dictionary_id: str, revision: Callable[[Rules], Rules]) -> Document:
        """Make a new version out of the newest one."""
        workspace_id = actor.workspace_id
        async with self._documents.transaction() as transaction:
            document = await self._claimed(transaction, actor, dictionary_id)
            newest = await transaction.get(VERSIONS, workspace_id, document.body["latest_version_id"])
            rules = list(revision([] if newest is None else newest.body["rules"]))
            _check_count(rules)
            version = await self._version(transaction, actor, dictionary_id, rules)
            body = {**document.body, "latest_version_id": version.id, "latest_version_rules_num": len(rules)}
            changed = await transaction.update(DICTIONARIES, document, body)
            await self._audit.record(transaction, actor, updated(_NOUN), Reference(DICTIONARIES.kind, dictionary_id))
        return changed

    async def locate(self, workspace_id: str, locators: Sequence[Mapping[str, Json]]) -> Located:
        """The rules that are meant; what is not here is said, and is no error."""
        found: list[Alias] = []
        sounding: list[Sounding] = []
        elsewhere: list[Body] = []
        warnings: list[str] = []
        for locator in locators:
            dictionary_id = str(locator.get("pronunciation_dictionary_id") or "")
            try:
                rules = await self.rules(workspace_id, dictionary_id, locator.get("version_id"))
            except NotFound as missing:
                elsewhere.append(dict(locator))
                warnings.append(missing.message)
                continue
            found.extend(aliases(rules))
            readable, unread = soundings(rules)
            sounding.extend(readable)
            warnings.extend(unread[:_MOST_WARNINGS])
        return Located(Lexicon(found, tuple(sounding)), tuple(elsewhere), tuple(warnings))

    async def _claimed(self, transaction: DocumentTransaction, actor: Actor, dictionary_id: str) -> Document:
        document = await transaction.claim(DICTIONARIES, actor.workspace_id, dictionary_id)
        if document is None:
            raise NotFound.of(DICTIONARIES.called, dictionary_id)
        return document

    async def _version(
        self, transaction: DocumentTransaction, actor: Actor, dictionary_id: str, rules: Rules
    ) -> Document:
        body: Body = {"rules": [dict(rule) for rule in rules], "created_by": actor.user_id}
        return await transaction.insert(VERSIONS, actor.workspace_id, body, parent_id=dictionary_id)


def added(new: Rules) -> Callable[[Rules], Rules]:
    """With these rules; one for the same text takes the place of the older one."""

    def revise(rules: Rules) -> Rules:
        by_text = {rule["string_to_replace"]: rule for rule in [*rules, *new]}
        return list(by_text.values())

    return revise


def removed(texts: Sequence[str]) -> Callable[[Rules], Rules]:
    """Without the rules for these texts."""
    gone = frozenset(texts)
    return lambda rules: [rule for rule in rules if rule["string_to_replace"] not in gone]


def _check_count(rules: Rules) -> None:
    if len(rules) > MOST_RULES:
        raise Malformed(f"A dictionary may have {MOST_RULES:,} rules at most.", status="too_many_rules")


def created_at_seconds(document: Document) -> int:
    """Since when it is there."""
    return document.created_at // SECOND
