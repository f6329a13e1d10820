"""Identity: the first run, login links, sessions, and who is behind a credential.

Rules
- `by_key` runs on every request: one indexed query, and none for a caller seen a few seconds ago (`callers`).
- A key works if it is enabled, not expired, and its member is not locked. Whoever locks a member stops their keys.
- A login link works once, for thirty minutes. Redeeming it makes a fresh session; a session that came along ends.
- A session ends after `session_seconds`, after a week in which nobody used it, on logout, and with its member. One
  that was opened with a key ends with that key. A new password ends all others of its member.
- Every change here is announced (`changed`), so that no process trusts what it remembers for longer than it must.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Invalid, NotFound, Problem, Unauthorized
from vivavoce.base.frozen import frozen
from vivavoce.features.workspace.audit.service import Note
from vivavoce.features.workspace.identity import store
from vivavoce.features.workspace.identity.callers import RecentCallers
from vivavoce.features.workspace.identity.passwords import Passwords
from vivavoce.features.workspace.identity.store import PERSON, Session, User, Workspace
from vivavoce.features.workspace.keys import store as key_store
from vivavoce.features.workspace.keys.store import KeyRecord
from vivavoce.features.workspace.members import store as member_store
from vivavoce.features.workspace.members.store import Member
from vivavoce.features.workspace.tokens import KEY_PREFIX, LOGIN_PREFIX, SESSION_PREFIX, digest, hint, new_token
from vivavoce.ports.bus import Bus
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.identity import Caller
from vivavoce.storage.database import Database

log = structlog.get_logger()

CHANGED_CHANNEL = "identity.changed"
LOGIN_LINK_SECONDS = 30 * 60
DEFAULT_SESSION_SECONDS = 14 * 24 * 3600
_IDLE_SECONDS = 7 * 24 * 3600
_SEEN_EVERY_SECONDS = 60 * 60
_USED_EVERY_SECONDS = 60

WORKSPACE_NAME = "Workspace"
OWNER_EMAIL = "admin@localhost"
FIRST_KEY_NAME = "First key"
PRESET_KEY_NAME = "VIVAVOCE_ADMIN_API_KEY"
_SHORTEST_PRESET = 16
_LONGEST_PRESET = 512


@frozen
class FirstRun:
    """Where the installation begins. `api_key` is set once: when it has just been made, to be shown."""

    workspace_id: str
    user_id: str
    api_key: str | None


@frozen
class LoginLink:
    """A one-time token and when it ends."""

    token: str
    expires_at: int


@frozen
class Login:
    """A new session and its token, which only the browser keeps."""

    token: str
    session: Session
    lifetime_seconds: int


NoteLogin = Callable[[Caller], Note]


class Identities:
    """Knows everybody. Implements the `Identity` port."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        *,
        session_seconds: int = DEFAULT_SESSION_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._session_seconds = session_seconds
        self._recent = RecentCallers(clock)
        self._passwords = Passwords()
        self._notes: set[asyncio.Task[None]] = set()

    # The port

    async def by_key(self, key: str) -> Caller | None:
        """The caller behind an API key, or None."""
        key_hash = digest(key)
        caller = self._recent.find(key_hash)
        if caller is not None:
            return caller
        generation, now = self._recent.generation, self._clock.now()
        holder = await store.key_holder(self._database, key_hash, now)
        if holder is None:
            return None
        self._recent.remember(key_hash, holder.caller, holder.expires_at, generation)
        if holder.last_used_at is None or holder.last_used_at <= now - _USED_EVERY_SECONDS * SECOND:
            self._note(self._touch_key(holder.caller, now))
        return holder.caller

    async def by_session(self, token: str) -> Caller | None:
        """The caller behind a dashboard session's cookie, or None."""
        token_hash = digest(token)
        caller = self._recent.find(token_hash)
        if caller is not None:
            return caller
        generation, now = self._recent.generation, self._clock.now()
        found = await store.session_holder(self._database, token_hash, now, now - _IDLE_SECONDS * SECOND)
        if found is None:
            return None
        session, caller = found
        self._recent.remember(token_hash, caller, session.expires_at, generation)
        if session.last_seen_at <= now - _SEEN_EVERY_SECONDS * SECOND:
            self._note(self._touch_session(session, now))
        return caller

    # Sessions

    async def create_login_link(
        self, user_id: str, workspace_id: str | None = None, note: Note | None = None
    ) -> LoginLink:
        """A link that signs this member in, once, within thirty minutes. Without a workspace: the first one."""
        now = self._clock.now()
        link = LoginLink(new_token(self._clock, LOGIN_PREFIX), now + LOGIN_LINK_SECONDS * SECOND)
        async with self._database.write() as connection:
            if workspace_id is None:
                workspace_id = await self._first_workspace(connection)
            if await store.member_user(connection, workspace_id, user_id) is None:
                raise NotFound.of("user", user_id)
            await store.insert_login_link(
                connection,
                {
                    "token_hash": digest(link.token),
                    "workspace_id": workspace_id,
                    "user_id": user_id,
                    "created_at": now,
                    "expires_at": link.expires_at,
                },
            )
            if note is not None:
                await note(connection)
        return link

    async def redeem_login_link(
        self, token: str, old_session: str | None = None, note: NoteLogin | None = None
    ) -> Login:
        """Sign in with a link; `Unauthorized` if it was used, is too old, or never was."""
        async with self._database.write() as connection:
            target = await store.use_login_link(connection, digest(token), self._clock.now())
            if target is None:
                raise Unauthorized(
                    "This login link was used already or is too old. Restart the server, which prints a new one, "
                    "or ask an administrator for one.",
                    status="login_link_invalid",
                )
            login = await self._sign_in(connection, *target, old_session, note)
        await self.changed()
        return login

    async def sign_in(
        self,
        workspace_id: str,
        user_id: str,
        old_session: str | None = None,
        note: NoteLogin | None = None,
        *,
        key_id: str | None = None,
    ) -> Login:
        """A session for a member whose credentials were checked by the caller of this, perhaps an API key."""
        async with self._database.write() as connection:
            login = await self._sign_in(connection, workspace_id, user_id, old_session, note, key_id=key_id)
        await self.changed()
        return login

    async def sign_in_with_password(
        self, email: str, password: str, old_session: str | None = None, note: NoteLogin | None = None
    ) -> Login:
        """Sign in with an email address and a password."""
        async with self._database.read() as connection:
            holders = await store.password_holders(connection, email.strip().lower())
        holder = await self._passwords.matching(holders, password)
        if holder is None:
            raise Unauthorized("Email address or password is wrong.", status="wrong_password")
        return await self.sign_in(*holder, old_session, note)

    async def set_password(
        self, caller: Caller, new_password: str, current_password: str | None, note: Note | None = None
    ) -> None:
        """Give a member a password for signing in; whoever has one proves that they know it."""
        async with self._database.read() as connection:
            old_hash = await store.password_hash(connection, caller.workspace_id, caller.user_id)
        if old_hash is not None and not await self._passwords.verify(old_hash, current_password or ""):
            raise Invalid(("body", "current_password"), "This is not the current password.")
        new_hash = await self._passwords.hash(new_password)
        async with self._database.write() as connection:
            await member_store.update_member(
                connection, caller.workspace_id, caller.user_id, {"password_hash": new_hash}
            )
            await store.delete_other_sessions_of(connection, caller)
            if note is not None:
                await note(connection)
        await self.changed()

    async def sign_out(self, session_token: str, note: Note | None = None) -> None:
        """End a session."""
        async with self._database.write() as connection:
            await store.delete_session(connection, digest(session_token))
            if note is not None:
                await note(connection)
        await self.changed()

    async def _sign_in(
        self,
        connection: AsyncConnection,
        workspace_id: str,
        user_id: str,
        old_session: str | None,
        note: NoteLogin | None,
        *,
        key_id: str | None = None,
    ) -> Login:
        now = self._clock.now()
        await store.delete_ended(connection, now)
        if old_session is not None:
            await store.delete_session(connection, digest(old_session))
        member = await member_store.member(connection, workspace_id, user_id)
        if member is None or member.is_locked:
            raise Unauthorized("This member may not sign in. Ask an administrator.", status="member_locked")
        lifetime_seconds = await self._lifetime_seconds(connection, workspace_id, key_id, now)
        token = new_token(self._clock, SESSION_PREFIX)
        session = Session(
            id=self._clock.new_id("session"),
            workspace_id=workspace_id,
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + lifetime_seconds * SECOND,
            key_id=key_id,
        )
        await store.insert_session(connection, session, digest(token))
        if note is not None:
            caller = Caller(workspace_id, user_id, member.role, frozenset(), session_id=session.id)
            await note(caller)(connection)
        return Login(token, session, lifetime_seconds)

    async def _lifetime_seconds(
        self, connection: AsyncConnection, workspace_id: str, key_id: str | None, now: int
    ) -> int:
        """How long a session lasts: never beyond the key that opened it."""
        key = None if key_id is None else await key_store.key(connection, workspace_id, key_id)
        if key is None or key.expires_at is None:
            return self._session_seconds
        return min(self._session_seconds, (key.expires_at - now) // SECOND)

    # People and places

    async def user(self, workspace_id: str, user_id: str) -> User:
        """A member as a user."""
        async with self._database.read() as connection:
            user = await store.member_user(connection, workspace_id, user_id)
        if user is None:
            raise NotFound.of("user", user_id)
        return user

    async def workspace(self, workspace_id: str) -> Workspace:
        """A workspace."""
        async with self._database.read() as connection:
            workspace = await store.workspace(connection, workspace_id)
        if workspace is None:
            raise NotFound.of("workspace", workspace_id)
        return workspace

    # The first run

    async def first_run(self, preset_key: str | None = None) -> FirstRun:
        """Make the first workspace, its owner and an admin key if there are none, and keep the preset key in force.

        Safe to call at every start and from several processes at once: one makes, the others find. The preset key is
        one key under a fixed name; presetting another value replaces it.
        """
        if preset_key is not None:
            _check_preset(preset_key)
        made = await self.installation() or await self._install(preset_key)
        if preset_key is not None:
            await self._keep_preset(made, preset_key)
        return made

    async def installation(self) -> FirstRun | None:
        """The first workspace and its owner, if the first run has been."""
        async with self._database.read() as connection:
            found = await store.installation(connection)
        return None if found is None else FirstRun(*found, api_key=None)

    async def _install(self, preset_key: str | None) -> FirstRun:
        now = self._clock.now()
        workspace = Workspace(self._clock.new_id("workspace"), WORKSPACE_NAME, None, now)
        user = User(self._clock.new_id("user"), PERSON, OWNER_EMAIL, None, now)
        key = None if preset_key is not None else new_token(self._clock, KEY_PREFIX)
        try:
            async with self._database.write() as connection:
                await store.insert_installation(connection, workspace.id, user.id)
                await store.insert_workspace(connection, workspace)
                await store.insert_user(connection, user)
                await member_store.insert_member(
                    connection, Member.new(workspace.id, user.id, "admin", created_at=now, is_owner=True)
                )
                if key is not None:
                    await key_store.insert_key(connection, self._key(workspace.id, user.id, FIRST_KEY_NAME, key))
        except IntegrityError:
            found = await self.installation()
            if found is None:
                raise
            return found
        return FirstRun(workspace.id, user.id, key)

    async def _keep_preset(self, made: FirstRun, preset_key: str) -> None:
        key = self._key(made.workspace_id, made.user_id, PRESET_KEY_NAME, preset_key)
        async with self._database.read() as connection:
            if await key_store.is_known(connection, key.key_hash):
                return
        with contextlib.suppress(IntegrityError):  # another process, starting at the same time, was faster
            async with self._database.write() as connection:
                for old in await key_store.keys_named(connection, made.workspace_id, PRESET_KEY_NAME):
                    await key_store.delete_key(connection, made.workspace_id, old.id)
                await key_store.insert_key(connection, key)
        await self.changed()

    def _key(self, workspace_id: str, user_id: str, name: str, key: str) -> KeyRecord:
        return KeyRecord.new(
            self._clock.new_id("key"),
            workspace_id=workspace_id,
            user_id=user_id,
            name=name,
            key_hash=digest(key),
            hint=hint(key),
            created_at=self._clock.now(),
        )

    async def _first_workspace(self, connection: AsyncConnection) -> str:
        found = await store.installation(connection)
        if found is None:
            raise NotFound("There is no workspace yet. Start the server once.")
        return found[0]

    # What is remembered

    async def changed(self) -> None:
        """Keys, members or sessions changed: nobody trusts their memory any more, here or elsewhere."""
        self._recent.forget()
        await self._bus.publish(CHANGED_CHANNEL, {})

    async def listen(self) -> None:
        """Hear of changes made by other processes; runs until cancelled."""
        async with self._bus.subscribe(CHANGED_CHANNEL) as news:
            async for _ in news:
                self._recent.forget()

    async def close(self) -> None:
        """Wait for the notes about used keys that are still being written."""
        while self._notes:
            await asyncio.wait(self._notes)

    def _note(self, writing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(writing)
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _touch_key(self, caller: Caller, now: int) -> None:
        assert caller.key_id is not None
        with _tolerating("last use of a key"):
            async with self._database.write() as connection:
                await store.touch_key(connection, caller.workspace_id, caller.key_id, now)

    async def _touch_session(self, session: Session, now: int) -> None:
        with _tolerating("last use of a session"):
            async with self._database.write() as connection:
                await store.touch_session(connection, session.workspace_id, session.id, now)


@contextlib.contextmanager
def _tolerating(what: str) -> Generator[None]:
    """A busy database may cost us a time of last use, never a request."""
    try:
        yield
    except (SQLAlchemyError, Problem) as error:
        log.warning("identity.not_noted", what=what, error=type(error).__name__)


def _check_preset(key: str) -> None:
    if not (_SHORTEST_PRESET <= len(key) <= _LONGEST_PRESET and key.isascii() and key.isprintable() and " " not in key):
        raise Invalid(
            (PRESET_KEY_NAME,),
            f"The preset API key needs {_SHORTEST_PRESET} to {_LONGEST_PRESET} printable ASCII characters without "
            'spaces. `python3 -c "import secrets; print(secrets.token_hex(32))"` makes a good one.',
        )
