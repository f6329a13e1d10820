// Who is signed in. A one-time link or an invite in the address is redeemed before anything else and taken out of it.

import { ApiError, call, forgetToken, keepToken, type Session } from "../api/call";
import { client, session } from "../api/queries";
import { store } from "../words/store";

/** Why a link in the address let nobody in. */
export const linkTrouble = store<unknown>(null);

/** An expired session, noticed while somebody works: the page stays, and the door opens over it. */
export const expired = store(false);

/** Opens the door over the page when somebody who was signed in is not any more. */
export function noticeExpiry(error: unknown): void {
  if (error instanceof ApiError && error.status === 401 && client.getQueryData(session.queryKey))
    expired.set(true);
}

export async function redeemLink(): Promise<Session | null> {
  const asked = new URLSearchParams(window.location.search);
  const [login, invite] = [asked.get("login"), asked.get("invite")];
  if (!login && !invite) return null;
  window.history.replaceState(null, "", "/");
  try {
    if (login) return keepToken(await call("POST /v1/vivavoce/session", { body: { login_token: login } }));
    return keepToken(
      await call("POST /v1/vivavoce/invites/accept", { body: { invite_token: String(invite) } }),
    );
  } catch (error) {
    linkTrouble.set(error);
    return null;
  }
}

export async function signIn(apiKey: string): Promise<void> {
  welcome(await call("POST /v1/vivavoce/session", { body: { api_key: apiKey } }));
}

export async function signInWithPassword(email: string, password: string): Promise<void> {
  welcome(await call("POST /v1/vivavoce/session", { body: { email, password } }));
}

function welcome(who: Session): void {
  keepToken(who);
  client.setQueryData(session.queryKey, who);
  linkTrouble.set(null);
  expired.set(false);
  void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
}

export async function signOut(): Promise<void> {
  await call("DELETE /v1/vivavoce/session");
  forgetToken();
  client.clear();
  window.location.assign("/");
}
