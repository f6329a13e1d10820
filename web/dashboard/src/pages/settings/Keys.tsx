// The API keys of people: made, shown once, revoked.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { client } from "../../api/queries";
import { Copy } from "../../parts/Copy";
import { ChoiceField, TextField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { ago, day } from "../../words/times";
import { useRemoval } from "./useRemoval";

const keys = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/api-keys", { signal }),
});

const DAY_SECONDS = 86_400;
const EXPIRY = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

export function Keys() {
  const found = useQuery(keys);
  return (
    <div className="stack loose">
      <NewKey />
      {found.error ? (
        <Trouble error={found.error} again={() => void found.refetch()} />
      ) : !found.data ? (
        <Waiting what="the keys" />
      ) : found.data.api_keys.length === 0 ? (
        <Empty icon="key" title="There is no key yet">
          <p>
            A key lets a program do what you may do here. Give each program its own, so that one can be
            revoked alone.
          </p>
        </Empty>
      ) : (
        <List rows={found.data.api_keys} />
      )}
    </div>
  );
}

function NewKey() {
  const [name, setName] = useState("");
  const [days, setDays] = useState("");
  const creation = useMutation({
    mutationFn: () =>
      call("POST /v1/vivavoce/api-keys", {
        body: {
          name: name.trim(),
          permissions: "all",
          ...(days ? { expires_at_unix: Math.floor(Date.now() / 1000) + Number(days) * DAY_SECONDS } : {}),
        },
      }),
    onSuccess: () => {
      setName("");
      void client.invalidateQueries({ queryKey: keys.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creation.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>New key</h2>
      <div className="fields">
        <TextField
          label="Name"
          placeholder="website"
          required
          value={name}
          onChange={setName}
          meaning="Which program it is for."
        />
        <ChoiceField label="Ends" choices={EXPIRY} value={days} onChange={setDays} />
      </div>
      {creation.error && <Trouble error={creation.error} />}
      {creation.data && (
        <div className="notice good" role="status">
          <div className="grow stack tight">
            <p>This is the key. It is shown this once; keep it where the program finds it.</p>
            <p className="row" style={{ gap: "0.2rem" }}>
              <code className="anywhere">{creation.data.api_key}</code>
              <Copy text={creation.data.api_key} what="the key" />
            </p>
          </div>
        </div>
      )}
      <div>
        <button type="submit" className="button main" disabled={creation.isPending || !name.trim()}>
          <Icon name="plus" />
          Create
        </button>
      </div>
    </form>
  );
}

function List({ rows }: { rows: Schemas["OwnKey"][] }) {
  const removal = useRemoval<Schemas["OwnKey"]>({
    queryKey: keys.queryKey,
    remove: ({ key_id }) => call("DELETE /v1/vivavoce/api-keys/{key_id}", { path: { key_id } }),
    title: ({ name }) => `Revoke the key “${name}”?`,
    warning: "Programs that use it are refused from now on. It cannot be brought back.",
    done: "The key is revoked.",
  });
  return (
    <div className="card scroll" style={{ padding: 0 }}>
      <table className="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Begins with</th>
            <th>Made</th>
            <th>Last used</th>
            <th>Ends</th>
            <th>
              <span className="hidden-text">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((each) => (
            <tr key={each.key_id}>
              <td>
                <span dir="auto">{each.name}</span> {each.is_disabled && <Tag kind="bad">disabled</Tag>}
              </td>
              <td className="mono">{each.hint}</td>
              <td className="small soft nowrap">{ago(each.created_at_unix)}</td>
              <td className="small soft nowrap">
                {each.last_used_at_unix ? ago(each.last_used_at_unix) : "never"}
              </td>
              <td className="small soft nowrap">
                {each.expires_at_unix ? day(each.expires_at_unix) : "never"}
              </td>
              <td className="right">
                <button type="button" className="button slim danger" onClick={() => removal.ask(each)}>
                  Revoke…
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
