// The door: an API key, or an email address and a password. A one-time link never gets here.

import { type FormEvent, useState } from "react";
import { TextField } from "../parts/Field";
import { Trouble } from "../parts/Trouble";
import { useStore } from "../words/store";
import mark from "./mark.svg";
import { linkTrouble, signIn, signInWithPassword } from "./session";

export function Door() {
  const trouble = useStore(linkTrouble);
  return (
    <main className="door">
      <div className="brand">
        <img src={mark} alt="" />
        <h1>Vivavoce</h1>
      </div>
      {trouble !== null && <Trouble error={trouble} />}
      <div className="card">
        <SignIn />
      </div>
      <p className="soft small" style={{ textAlign: "center" }}>
        The one-time link is printed by <code>vivavoce serve</code> at every start.
        <br />
        <a href="/docs">What the API offers</a>
      </p>
    </main>
  );
}

type Way = "key" | "password";

export function SignIn() {
  const [way, choose] = useState<Way>("key");
  const [key, setKey] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await (way === "key" ? signIn(key.trim()) : signInWithPassword(email.trim(), password));
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="stack" onSubmit={submit}>
      <h2>Sign in</h2>
      {way === "key" ? (
        <TextField
          label="API key"
          type="password"
          autoComplete="current-password"
          placeholder="xi_…"
          required
          value={key}
          onChange={setKey}
          meaning="It was shown once, at the first start. A new one: vivavoce keys create."
        />
      ) : (
        <>
          <TextField
            label="Email"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={setEmail}
          />
          <TextField
            label="Password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={setPassword}
          />
        </>
      )}
      {error !== null && <Trouble error={error} />}
      <button type="submit" className="button main" disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </button>
      <button
        type="button"
        className="button plain slim"
        onClick={() => choose(way === "key" ? "password" : "key")}
      >
        {way === "key" ? "With an email address and a password" : "With an API key"}
      </button>
    </form>
  );
}
