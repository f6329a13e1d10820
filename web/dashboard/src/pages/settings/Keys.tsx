// The API keys of people: made, shown once, revoked.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { session } from "../../api/queries";
import { Answer } from "../../parts/Answer";
import { ChoiceField, TextField } from "../../parts/Field";
import { CardForm } from "../../parts/Form";
import { Empty, Tag } from "../../parts/states";
import { Table } from "../../parts/Table";
import { ago, day } from "../../words/times";
import { members } from "./Members";
import { accounts } from "./ServiceAccounts";
import { Once, useCreation } from "./useCreation";
import { useRemoval } from "./useRemoval";

type Key = Schemas["OwnKey"];

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
      <Answer of={found} what="the keys">
        {({ api_keys }) =>
          api_keys.length === 0 ? (
            <Empty icon="key" title="There is no key yet">
              <p>
                A key lets a program do what you may do here. Give each program its own, so that one can be
                revoked alone.
              </p>
            </Empty>
          ) : (
            <List rows={api_keys} />
          )
        }
      </Answer>
    </div>
  );
}

function NewKey() {
  const [name, setName] = useState("");
  const [days, setDays] = useState("");
  const creation = useCreation({
    queryKey: keys.queryKey,
    make: () =>
      call("POST /v1/vivavoce/api-keys", {
        body: {
          name: name.trim(),
          permissions: "all",
          ...(days ? { expires_at_unix: Math.floor(Date.now() / 1000) + Number(days) * DAY_SECONDS } : {}),
        },
      }),
    empty: () => setName(""),
  });
  return (
    <CardForm
      title="New key"
      action="Create"
      icon="plus"
      work={creation}
      isReady={name.trim() !== ""}
      onSubmit={() => creation.mutate()}
    >
      <div className="fields">
        <TextField
          label="Name"
          placeholder="website"
          required
          value={name}
          onChange={setName}
          meaning="Which program it is for."
        />
        <ChoiceField label="Good until" choices={EXPIRY} value={days} onChange={setDays} />
      </div>
      {creation.data && (
        <Once
          says="This is the key. It is shown this once; keep it where the program finds it."
          text={creation.data.api_key}
          what="the key"
        />
      )}
    </CardForm>
  );
}

/** Whose keys these are, by account; null where all are one's own. */
function useOwners(rows: Key[]): Map<string, string> | null {
  const me = useQuery(session).data?.user.user_id;
  const enabled = rows.some(({ user_id }) => user_id !== me);
  const people = useQuery({ ...members, enabled }).data ?? [];
  const programs = useQuery({ ...accounts, enabled }).data?.["service-accounts"] ?? [];
  if (!enabled) return null;
  return new Map([
    ...people.map((each): [string, string] => [each.user_id, each.email]),
    ...programs.map((each): [string, string] => [each.service_account_user_id, each.name]),
    [me ?? "", "you"],
  ]);
}

function List({ rows }: { rows: Key[] }) {
  const owners = useOwners(rows);
  const removal = useRemoval<Key>({
    queryKey: keys.queryKey,
    remove: ({ key_id }) => call("DELETE /v1/vivavoce/api-keys/{key_id}", { path: { key_id } }),
    title: ({ name }) => `Revoke the key “${name}”?`,
    warning: "Programs that use it are refused from now on. It cannot be brought back.",
    done: "The key is revoked.",
  });
  return (
    <>
      <Table
        rows={rows}
        keyOf={(each) => each.key_id}
        columns={[
          {
            name: "Name",
            cell: (each) => (
              <>
                <span dir="auto">{each.name}</span> {each.is_disabled && <Tag kind="bad">disabled</Tag>}
              </>
            ),
          },
          ...(owners
            ? [
                {
                  name: "Whose",
                  look: "small anywhere",
                  cell: (each: Key) => <span dir="auto">{owners.get(each.user_id) ?? "somebody else"}</span>,
                },
              ]
            : []),
          { name: "Ends with", look: "mono", cell: (each) => `…${each.hint}` },
          { name: "Made", look: "small soft nowrap", cell: (each) => ago(each.created_at_unix) },
          {
            name: "Last used",
            look: "small soft nowrap",
            cell: (each) => everOrNever(each.last_used_at_unix, ago),
          },
          {
            name: "Good until",
            look: "small soft nowrap",
            cell: (each) => everOrNever(each.expires_at_unix, day),
          },
        ]}
        acts={[{ name: "Revoke…", of: (each) => each.name, run: removal.ask, isDangerous: true }]}
      />
      {removal.dialog}
    </>
  );
}

function everOrNever(at: number | null | undefined, inWords: (at: number) => string): string {
  return at ? inWords(at) : "never";
}
