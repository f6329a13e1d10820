// Environments, and the variables whose values differ between them.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { Answer } from "../../parts/Answer";
import { TextField } from "../../parts/Field";
import { CardForm } from "../../parts/Form";
import { Empty, Tag } from "../../parts/states";
import { Table } from "../../parts/Table";
import { useCreation } from "./useCreation";
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
  return (
    <Answer of={found} what="the environments">
      {({ environments: known }) => (
        <div className="stack loose">
          <List rows={known} />
          <NewVariable environments={known} />
          <Answer of={named} what="the variables">
            {({ environment_variables: rows }) => <Variables rows={rows} />}
          </Answer>
        </div>
      )}
    </Answer>
  );
}

function List({ rows }: { rows: Environment[] }) {
  const [name, setName] = useState("");
  const creation = useCreation({
    queryKey: environments.queryKey,
    make: () => call("POST /v1/convai/environments", { body: { name: name.trim() } }),
    done: "The environment is added.",
    empty: () => setName(""),
  });
  const removal = useRemoval<Environment>({
    queryKey: environments.queryKey,
    remove: (one) =>
      call("DELETE /v1/convai/environments/{environment}", { path: { environment: one.name } }),
    title: (one) => `Remove the environment “${one.name}”?`,
    warning: "The values that variables have there go with it.",
    done: "The environment is removed.",
  });
  return (
    <CardForm
      title="Environments"
      action="Add"
      icon="plus"
      work={creation}
      isReady={name.trim() !== ""}
      onSubmit={() => creation.mutate()}
    >
      <ul className="row">
        {rows.map((each) => (
          <li key={each.name}>
            <Tag kind={each.name === MAIN ? "good" : "info"}>
              {each.name}
              {each.name !== MAIN && (
                <button
                  type="button"
                  className="inside"
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
      <div style={{ maxWidth: "20rem" }}>
        <TextField label="New environment" placeholder="staging" value={name} onChange={setName} />
      </div>
      {removal.dialog}
    </CardForm>
  );
}

function NewVariable({ environments: known }: { environments: Environment[] }) {
  const [label, setLabel] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const creation = useCreation({
    queryKey: variables.queryKey,
    make: () => {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
      return call("POST /v1/convai/environment-variables", {
        body: { type: "string", label: label.trim(), values: given },
      });
    },
    done: "The variable is added.",
    empty: () => {
      setLabel("");
      setValues({});
    },
  });
  return (
    <CardForm
      title="New variable"
      action="Add"
      icon="plus"
      work={creation}
      isReady={label.trim() !== "" && Boolean(values[MAIN])}
      onSubmit={() => creation.mutate()}
    >
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
    </CardForm>
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
  if (rows.length === 0) {
    return (
      <Empty icon="settings" title="There are no variables yet">
        <p>
          An address that differs between a trial and the real thing is a variable. A call names its
          environment.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <Table
        rows={rows}
        keyOf={(each) => each.id}
        columns={[
          { name: "Name", look: "mono anywhere", cell: (each) => each.label },
          { name: "Values", look: "small", cell: (each) => <Values of={each} /> },
        ]}
        acts={[{ name: "Remove…", of: (each) => each.label, run: removal.ask, isDangerous: true }]}
      />
      {removal.dialog}
    </>
  );
}

function Values({ of }: { of: Variable }) {
  return Object.entries(of.values).map(([environment, value]) => (
    <div key={environment} className="anywhere">
      <span className="soft">{environment}:</span>{" "}
      <span className="mono">{typeof value === "string" ? value : "(kept elsewhere)"}</span>
    </div>
  ));
}
