// Secrets: values that agents and tools use by name, kept encrypted and never shown again.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { client } from "../../api/queries";
import { TextField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Empty, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { note } from "../../shell/notes";
import { useRemoval } from "./useRemoval";

type Secret = Schemas["ConvAIWorkspaceStoredSecretConfig"];

const secrets = queryOptions({
  queryKey: ["secrets"],
  queryFn: ({ signal }) => call("GET /v1/convai/secrets", { query: { page_size: 100 }, signal }),
});

export function Secrets() {
  const found = useQuery(secrets);
  return (
    <div className="stack loose">
      <NewSecret />
      {found.error ? (
        <Trouble error={found.error} again={() => void found.refetch()} />
      ) : !found.data ? (
        <Waiting what="the secrets" />
      ) : found.data.secrets.length === 0 ? (
        <Empty icon="key" title="There are no secrets yet">
          <p>
            A secret is a password or key that an agent needs elsewhere. It is used by its name and never
            shown again.
          </p>
        </Empty>
      ) : (
        <List rows={found.data.secrets} />
      )}
    </div>
  );
}

function NewSecret() {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const creation = useMutation({
    mutationFn: () => call("POST /v1/convai/secrets", { body: { type: "new", name: name.trim(), value } }),
    onSuccess: () => {
      note("The secret is kept.");
      setName("");
      setValue("");
      void client.invalidateQueries({ queryKey: secrets.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creation.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>New secret</h2>
      <div className="fields">
        <TextField label="Name" placeholder="CRM_KEY" required value={name} onChange={setName} />
        <TextField
          label="Value"
          type="password"
          autoComplete="new-password"
          required
          value={value}
          onChange={setValue}
          meaning="Kept encrypted. Nobody can read it back, you neither."
        />
      </div>
      {creation.error && <Trouble error={creation.error} />}
      <div>
        <button type="submit" className="button main" disabled={creation.isPending || !name.trim() || !value}>
          <Icon name="plus" />
          Keep it
        </button>
      </div>
    </form>
  );
}

function usedBy({ used_by }: Secret): string {
  const names = [...used_by.agents, ...used_by.tools].map((each) =>
    "name" in each ? String(each.name ?? "") : "",
  );
  const shown = names.filter(Boolean).slice(0, 4).join(", ");
  return shown || (names.length > 0 ? `${names.length}` : "nobody");
}

function List({ rows }: { rows: Secret[] }) {
  const removal = useRemoval<Secret>({
    queryKey: secrets.queryKey,
    remove: ({ secret_id }) => call("DELETE /v1/convai/secrets/{secret_id}", { path: { secret_id } }),
    title: ({ name }) => `Remove the secret “${name}”?`,
    warning: "Its value is gone for good. The server refuses while somebody uses it.",
    done: "The secret is removed.",
  });
  return (
    <div className="card scroll" style={{ padding: 0 }}>
      <table className="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Used by</th>
            <th>
              <span className="hidden-text">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((each) => (
            <tr key={each.secret_id}>
              <td className="mono">{each.name}</td>
              <td className="small soft">{usedBy(each)}</td>
              <td className="right">
                <button type="button" className="button slim danger" onClick={() => removal.ask(each)}>
                  Remove…
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removal.dialog}
    </div>
  );
}
