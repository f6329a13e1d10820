// Secrets: values that agents and tools use by name, kept encrypted and never shown again.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { Answer } from "../../parts/Answer";
import { TextField } from "../../parts/Field";
import { CardForm } from "../../parts/Form";
import { Empty } from "../../parts/states";
import { Table } from "../../parts/Table";
import { useCreation } from "./useCreation";
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
      <Answer of={found} what="the secrets">
        {({ secrets: rows }) =>
          rows.length === 0 ? (
            <Empty icon="key" title="There are no secrets yet">
              <p>
                A secret is a password or key that an agent needs elsewhere. It is used by its name and never
                shown again.
              </p>
            </Empty>
          ) : (
            <List rows={rows} />
          )
        }
      </Answer>
    </div>
  );
}

function NewSecret() {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const creation = useCreation({
    queryKey: secrets.queryKey,
    make: () => call("POST /v1/convai/secrets", { body: { type: "new", name: name.trim(), value } }),
    done: "The secret is kept.",
    empty: () => {
      setName("");
      setValue("");
    },
  });
  return (
    <CardForm
      title="New secret"
      action="Keep it"
      icon="plus"
      work={creation}
      isReady={name.trim() !== "" && value !== ""}
      onSubmit={() => creation.mutate()}
    >
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
    </CardForm>
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
    <>
      <Table
        rows={rows}
        keyOf={(each) => each.secret_id}
        columns={[
          { name: "Name", look: "mono anywhere", cell: (each) => each.name },
          { name: "Used by", look: "small soft", cell: usedBy },
        ]}
        acts={[{ name: "Remove…", of: (each) => each.name, run: removal.ask, isDangerous: true }]}
      />
      {removal.dialog}
    </>
  );
}
