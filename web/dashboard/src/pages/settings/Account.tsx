// Who is signed in, and their password.

import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call";
import { session } from "../../api/queries";
import { TextField } from "../../parts/Field";
import { Facts, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { note } from "../../shell/notes";

const ROLES: Record<string, string> = {
  admin: "Administrator: may do everything",
  editor: "Editor: changes agents",
  viewer: "Viewer: looks, changes nothing",
};
const SHORTEST = 12;

export function Account() {
  const who = useQuery(session).data;
  if (!who) return <Waiting what="your account" />;
  const { user, workspace, role } = who;
  return (
    <div className="stack loose">
      <section className="card">
        <h2>Who you are here</h2>
        <Facts
          facts={[
            [
              "Name",
              <span key="name" dir="auto">
                {user.first_name || "—"}
              </span>,
            ],
            ["Email", user.email || "—"],
            [
              "Workspace",
              <span key="workspace" dir="auto">
                {workspace.name}
              </span>,
            ],
            ["Role", ROLES[role] ?? role],
          ]}
        />
      </section>
      <Password email={user.email ?? ""} />
    </div>
  );
}

function Password({ email }: { email: string }) {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: () =>
      call("PUT /v1/vivavoce/session/password", {
        body: { new_password: wanted, current_password: current || null },
      }),
    onSuccess: () => {
      note("Your password is set.");
      setCurrent("");
      setWanted("");
      setAgain("");
    },
  });
  const differs = again !== "" && again !== wanted;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!differs) change.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>Your password</h2>
      <p className="soft">
        With a password you sign in by your email address, without a link or a key. There is none until you
        choose one.
      </p>
      {/* Where browsers that keep passwords look for whose it is. */}
      <input
        className="hidden-text"
        aria-label="Whose password it is"
        type="email"
        autoComplete="username"
        value={email}
        readOnly
        tabIndex={-1}
      />
      <div className="fields">
        <TextField
          label="Present password"
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
          meaning="Leave it empty if you have none yet."
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          required
          value={wanted}
          onChange={setWanted}
          meaning={`At least ${SHORTEST} characters; a few words are easier to keep than signs.`}
        />
        <TextField
          label="New password, again"
          type="password"
          autoComplete="new-password"
          required
          value={again}
          onChange={setAgain}
          wrong={differs ? "The two are not the same." : undefined}
        />
      </div>
      {change.error && <Trouble error={change.error} />}
      <div>
        <button
          type="submit"
          className="button main"
          disabled={change.isPending || differs || !again || wanted.length < SHORTEST}
        >
          Set the password
        </button>
      </div>
    </form>
  );
}
