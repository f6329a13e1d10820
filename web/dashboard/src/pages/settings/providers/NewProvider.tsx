// A provider that is not there yet: a form made from its own options, tried before it stands anywhere, and the lines for
// the settings file that come out of it. The key goes to the trial and into no line.

import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../../api/call";
import { Copy } from "../../../parts/Copy";
import { ChoiceField, TextField } from "../../../parts/Field";
import { Waiting } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { type Typed, typedOptions } from "../../../words/options";
import { OptionField } from "./OptionField";
import { type Kind, kinds, ORDER, ROLES, type Role } from "./queries";
import { TryIt } from "./TryIt";

export function NewProvider() {
  const found = useQuery(kinds);
  const [opened, open] = useState(false);
  return (
    <section className="card stack">
      <h2>Add a provider</h2>
      <p className="soft">
        Providers stand in the settings of the server, where their keys are safe from every page. Fill in the
        form, try it, then put its lines into <code>vivavoce.toml</code> and start the server again.
      </p>
      {!opened ? (
        <div>
          <button type="button" className="button" onClick={() => open(true)}>
            Choose one…
          </button>
        </div>
      ) : found.error ? (
        <Trouble error={found.error} again={() => void found.refetch()} />
      ) : found.data ? (
        <Form known={found.data.kinds} />
      ) : (
        <Waiting what="the providers there are" />
      )}
    </section>
  );
}

function Form({ known }: { known: Kind[] }) {
  const [role, setRole] = useState<Role>("language");
  const [picked, pick] = useState("openai_chat");
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<Typed>({});
  const ofRole = known.filter((each) => each.role === role);
  const kind = ofRole.find((each) => each.name === picked) ?? ofRole[0];
  const roles = ORDER.filter((each) => known.some((one) => one.role === each));
  if (!kind) return null;
  const choose = (next: string) => {
    pick(next);
    setTyped({});
  };
  return (
    <div className="stack">
      <div className="fields">
        <ChoiceField
          label="What it does"
          value={role}
          choices={roles.map((each) => ({ value: each, label: ROLES[each].name }))}
          onChange={(next) => {
            setRole(next as Role);
            setTyped({});
          }}
        />
        <ChoiceField
          label="Which provider"
          value={kind.name}
          choices={ofRole.map((each) => ({ value: each.name, label: each.name }))}
          onChange={choose}
          meaning={kind.summary}
        />
        <TextField
          label="Its name here"
          placeholder={kind.name}
          value={name}
          onChange={setName}
          meaning="Yours to choose; two servers of one kind need two names."
        />
      </div>
      <Options kind={kind} name={name.trim() || kind.name} typed={typed} onType={setTyped} />
    </div>
  );
}

function Options(props: { kind: Kind; name: string; typed: Typed; onType: (typed: Typed) => void }) {
  const { kind, name, typed, onType } = props;
  const { options, wrong } = typedOptions(kind.fields, typed);
  const whole = { ...(name === kind.name ? {} : { kind: kind.name }), ...options };
  const isWhole = kind.fields.every(({ name: each, is_required: needed }) => !needed || each in options);
  const write = useMutation({
    mutationFn: () =>
      call("POST /v1/vivavoce/providers/lines", { body: { role: kind.role, name, options: whole } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    write.mutate();
  };
  const [needed, more] = [kind.fields.filter(isUsual), kind.fields.filter((each) => !isUsual(each))];
  const field = (each: Kind["fields"][number]) => (
    <OptionField
      key={each.name}
      field={each}
      value={typed[each.name]}
      wrong={wrong[each.name]}
      onChange={(value) => onType({ ...typed, [each.name]: value })}
    />
  );
  return (
    <form className="stack" onSubmit={submit}>
      {needed.length > 0 && <div className="fields">{needed.map(field)}</div>}
      {more.length > 0 && (
        <details>
          <summary>More options ({more.length})</summary>
          <div className="fields" style={{ paddingTop: "0.8rem" }}>
            {more.map(field)}
          </div>
        </details>
      )}
      {kind.can_be_tried_first ? (
        <TryIt
          key={`${kind.role} ${kind.name}`}
          role={kind.role}
          name={name}
          options={whole}
          disabled={!isWhole || Object.keys(wrong).length > 0}
        />
      ) : (
        <p className="soft">It opens connections of its own: put it into the settings, then try it above.</p>
      )}
      <div>
        <button
          type="submit"
          className="button main"
          disabled={write.isPending || !isWhole || Object.keys(wrong).length > 0}
        >
          Check, and show the lines
        </button>
      </div>
      {write.error && <Trouble error={write.error} />}
      {write.data && (
        <div className="stack tight">
          <p className="small soft">
            Into <code>{write.data.file}</code> in the server's data folder, with the key in its place; then
            start the server again.
          </p>
          <div className="row" style={{ flexWrap: "nowrap", alignItems: "start" }}>
            <pre className="code grow">{write.data.toml}</pre>
            <Copy text={write.data.toml} what="the lines" />
          </div>
        </div>
      )}
    </form>
  );
}

const USUAL = new Set(["api_key", "models", "model", "base_url", "default"]);

function isUsual({ name, is_required: needed }: Kind["fields"][number]): boolean {
  return needed || USUAL.has(name);
}
