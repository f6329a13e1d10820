// Environments, and the variables whose values differ between them.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { client } from "../../api/queries";
import { TextField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { useRemoval } from "./useRemoval";

type Environment = Schemas["EnvironmentResponse"];
type Variable = Schemas["EnvironmentVariableResponse"];

const environments = queryOptions({
  queryKey: ["environments"],
  queryFn: ({ signal }) => call("GET /v1/convai/environments", { signal }),
});
const variables = queryOptions({
  queryKey: ["environment-variables"],
  queryFn: ({ signal }) =>
    call("GET /v1/convai/environment-variables", { query: { page_size: 100 }, signal }),
});

const MAIN = "production";

export function Environments() {
  const found = useQuery(environments);
  const named = useQuery(variables);
  if (found.error) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (named.error) return <Trouble error={named.error} again={() => void named.refetch()} />;
  if (!found.data || !named.data) return <Waiting what="the environments" />;
  return (
    <div className="stack loose">
      <List rows={found.data.environments} />
      <NewVariable environments={found.data.environments} />
      {named.data.environment_variables.length === 0 ? (
        <Empty icon="settings" title="There are no variables yet">
          <p>
            An address that differs between a trial and the real thing is a variable. A call names its
            environment.
          </p>
        </Empty>
      ) : (
        <Variables rows={named.data.environment_variables} />
      )}
    </div>
  );
}

function List({ rows }: { rows: Environment[] }) {
  const [name, setName] = useState("");
  const creation = useMutation({
    mutationFn: () => call("POST /v1/convai/environments", { body: { name: name.trim() } }),
    onSuccess: () => {
      setName("");
      void client.invalidateQueries({ queryKey: environments.queryKey });
    },
  });
  const removal = useRemoval<Environment>({
    queryKey: environments.queryKey,
    remove: (one) =>
      call("DELETE /v1/convai/environments/{environment}", { path: { environment: one.name } }),
    title: (one) => `Remove the environment “${one.name}”?`,
    warning: "The values that variables have there go with it.",
    done: "The environment is removed.",
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creation.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>Environments</h2>
      <ul className="row">
        {rows.map((each) => (
          <li key={each.name}>
            <Tag kind={each.name === MAIN ? "good" : "info"}>
              {each.name}
              {each.name !== MAIN && (
                <button
                  type="button"
                  className="button plain slim"
                  style={{ minHeight: 0, padding: "0 0.2rem", color: "inherit" }}
                  aria-label={`Remove ${each.name}`}
                  onClick={() => removal.ask(each)}
                >
                  ×
                </button>
              )}
            </Tag>
          </li>
        ))}
      </ul>
      <div className="row" style={{ alignItems: "end" }}>
        <div className="grow" style={{ maxWidth: "20rem" }}>
          <TextField label="New environment" placeholder="staging" value={name} onChange={setName} />
        </div>
        <button type="submit" className="button" disabled={creation.isPending || !name.trim()}>
          <Icon name="plus" />
          Add
        </button>
      </div>
      {creation.error && <Trouble error={creation.error} />}
      {removal.dialog}
    </form>
  );
}

function NewVariable({ environments: known }: { environments: Environment[] }) {
  const [label, setLabel] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const creation = useMutation({
    mutationFn: () => {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
      return call("POST /v1/convai/environment-variables", {
        body: { type: "string", label: label.trim(), values: given },
      });
    },
    onSuccess: () => {
      setLabel("");
      setValues({});
      void client.invalidateQueries({ queryKey: variables.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creation.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>New variable</h2>
      <div className="fields">
        <TextField label="Name" placeholder="crm_address" required value={label} onChange={setLabel} />
        {known.map(({ name }) => (
          <TextField
            key={name}
            label={`Value in ${name}`}
            required={name === MAIN}
            value={values[name] ?? ""}
            onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
          />
        ))}
      </div>
      {creation.error && <Trouble error={creation.error} />}
      <div>
        <button
          type="submit"
          className="button main"
          disabled={creation.isPending || !label.trim() || !values[MAIN]}
        >
          <Icon name="plus" />
          Add
        </button>
      </div>
    </form>
  );
}

function Variables({ rows }: { rows: Variable[] }) {
  const removal = useRemoval<Variable>({
    queryKey: variables.queryKey,
    remove: ({ id }) =>
      call("DELETE /v1/convai/environment-variables/{env_var_id}", { path: { env_var_id: id } }),
    title: ({ label }) => `Remove the variable “${label}”?`,
    warning: "Whatever names it finds nothing any more.",
    done: "The variable is removed.",
  });
  return (
    <div className="card scroll" style={{ padding: 0 }}>
      <table className="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Values</th>
            <th>
              <span className="hidden-text">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((each) => (
            <tr key={each.id}>
              <td className="mono">{each.label}</td>
              <td className="small">
                {Object.entries(each.values).map(([environment, value]) => (
                  <div key={environment} className="anywhere">
                    <span className="soft">{environment}:</span>{" "}
                    <span className="mono">{typeof value === "string" ? value : "(kept elsewhere)"}</span>
                  </div>
                ))}
              </td>
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
