// Accounts that belong to no person: each has keys of its own, which stay when people go.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { client } from "../../api/queries";
import { Answer } from "../../parts/Answer";
import { TextField } from "../../parts/Field";
import { CardForm, PartForm } from "../../parts/Form";
import { Empty, Tag } from "../../parts/states";
import { noteFailure } from "../../shell/notes";
import { ago } from "../../words/times";
import { Once, useCreation } from "./useCreation";
import { useRemoval } from "./useRemoval";

type Account = Schemas["WorkspaceServiceAccountResponseModel"];
type Key = Schemas["WorkspaceApiKeyResponseModel"];

export const accounts = queryOptions({
  queryKey: ["service-accounts"],
  queryFn: ({ signal }) => call("GET /v1/service-accounts", { signal }),
});
const again = () => void client.invalidateQueries({ queryKey: accounts.queryKey });

export function ServiceAccounts() {
  const found = useQuery(accounts);
  return (
    <div className="stack loose">
      <NewAccount />
      <Answer of={found} what="the service accounts">
        {({ "service-accounts": rows }) =>
          rows.length === 0 ? (
            <Empty icon="people" title="There is no service account yet">
              <p>
                Give a program an account of its own where it should go on working when a person leaves. What
                it does stands under its name in the audit log.
              </p>
            </Empty>
          ) : (
            rows.map((each) => <AccountCard key={each.service_account_user_id} one={each} />)
          )
        }
      </Answer>
    </div>
  );
}

function NewAccount() {
  const [name, setName] = useState("");
  const creation = useCreation({
    queryKey: accounts.queryKey,
    make: () => call("POST /v1/service-accounts", { body: { name: name.trim() } }),
    done: "The service account is made. Give it a key.",
    empty: () => setName(""),
  });
  return (
    <CardForm
      title="New service account"
      action="Create"
      icon="plus"
      work={creation}
      isReady={name.trim() !== ""}
      onSubmit={() => creation.mutate()}
    >
      <div className="fields">
        <TextField label="Name" placeholder="nightly import" required value={name} onChange={setName} />
      </div>
    </CardForm>
  );
}

function AccountCard({ one }: { one: Account }) {
  const id = one.service_account_user_id;
  const removal = useRemoval<Account>({
    queryKey: accounts.queryKey,
    remove: () =>
      call("DELETE /v1/vivavoce/service-accounts/{service_account_user_id}", {
        path: { service_account_user_id: id },
      }),
    title: ({ name }) => `Remove the service account “${name}”?`,
    warning: "Its keys end at once, and programs that use them are refused.",
    done: "The service account is removed.",
  });
  return (
    <section className="card stack">
      <div className="row apart">
        <h2 dir="auto">{one.name}</h2>
        <button type="button" className="button slim danger" onClick={() => removal.ask(one)}>
          Remove…
        </button>
      </div>
      {one["api-keys"].length === 0 && <p className="soft">It has no key, so it can do nothing yet.</p>}
      {one["api-keys"].length > 0 && (
        <ul className="stack tight">
          {one["api-keys"].map((each) => (
            <KeyLine key={each.key_id} account={id} one={each} />
          ))}
        </ul>
      )}
      <NewKey account={id} />
      {removal.dialog}
    </section>
  );
}

function KeyLine({ account, one }: { account: string; one: Key }) {
  const path = { service_account_user_id: account, api_key_id: one.key_id };
  const removal = useRemoval<Key>({
    queryKey: accounts.queryKey,
    remove: () =>
      call("DELETE /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}", { path }),
    title: ({ name }) => `Revoke the key “${name}”?`,
    warning: "Programs that use it are refused from now on. It cannot be brought back.",
    done: "The key is revoked.",
  });
  const change = useMutation({
    mutationFn: () =>
      call("PATCH /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}", {
        path,
        body: { is_enabled: Boolean(one.is_disabled) },
      }),
    onSuccess: again,
    onError: noteFailure,
  });
  return (
    <li className="row apart line">
      <span className="row">
        <strong dir="auto">{one.name}</strong>
        <span className="mono small">…{one.hint}</span>
        {one.is_disabled && <Tag kind="bad">disabled</Tag>}
        {one.created_at_unix ? <span className="small soft">made {ago(one.created_at_unix)}</span> : null}
      </span>
      <span className="row">
        <button
          type="button"
          className="button slim"
          disabled={change.isPending}
          onClick={() => change.mutate()}
          aria-label={`${one.is_disabled ? "Enable" : "Disable"} ${one.name}`}
        >
          {one.is_disabled ? "Enable" : "Disable"}
        </button>
        <button
          type="button"
          className="button slim danger"
          onClick={() => removal.ask(one)}
          aria-label={`Revoke ${one.name}…`}
        >
          Revoke…
        </button>
      </span>
      {removal.dialog}
    </li>
  );
}

function NewKey({ account }: { account: string }) {
  const [name, setName] = useState("");
  const creation = useCreation({
    queryKey: accounts.queryKey,
    make: () =>
      call("POST /v1/service-accounts/{service_account_user_id}/api-keys", {
        path: { service_account_user_id: account },
        body: { name: name.trim(), permissions: "all" },
      }),
    empty: () => setName(""),
  });
  return (
    <PartForm
      action="Make a key"
      icon="key"
      work={creation}
      isReady={name.trim() !== ""}
      onSubmit={() => creation.mutate()}
    >
      <div className="fields">
        <TextField label="New key" placeholder="production" required value={name} onChange={setName} />
      </div>
      {creation.data && (
        <Once
          says="This is the key. It is shown this once; keep it where the program finds it."
          text={creation.data["xi-api-key"]}
          what="the key"
        />
      )}
    </PartForm>
  );
}
