// One short real request to a provider: how long it took, what it said, the sound of it, or why it failed.

import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../../../api/call";
import type { Schemas } from "../../../api/contract";
import { client } from "../../../api/queries";
import { Icon } from "../../../parts/Icon";
import { Tag } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { milliseconds } from "../../../words/times";
import { providers, type Role } from "./queries";

type Trial = Schemas["TrialModel"];

interface Wanted {
  role: Role;
  name: string;
  /** What was typed and stands nowhere yet. */
  options?: Record<string, unknown>;
  disabled?: boolean;
}

export function TryIt({ role, name, options, disabled = false }: Wanted) {
  const trial = useMutation({
    mutationFn: () =>
      call("POST /v1/vivavoce/providers/try", { body: { role, name, ...(options ? { options } : {}) } }),
    onSettled: () => void client.invalidateQueries({ queryKey: providers.queryKey }),
  });
  const label = trial.isPending ? "Trying…" : "Try it";
  return (
    <div className="stack tight">
      <div>
        <button
          type="button"
          className="button slim"
          disabled={trial.isPending || disabled}
          aria-label={`${label}: ${name}`}
          onClick={() => trial.mutate()}
        >
          <Icon name="play" />
          {label}
        </button>
      </div>
      <div aria-live="polite">
        {trial.error && <Trouble error={trial.error} />}
        {trial.data && !trial.isPending && <Outcome role={role} trial={trial.data} />}
      </div>
    </div>
  );
}

const FIRST: Partial<Record<Role, string>> = {
  language: "to the first word",
  voice: "to the first sound",
  ear: "from the end of the sentence to its words",
};

function Outcome({ role, trial }: { role: Role; trial: Trial }) {
  if (!trial.worked) {
    return (
      <p className="notice bad">
        {trial.failure} <span className="nowrap">(after {milliseconds(trial.total_seconds)})</span>
      </p>
    );
  }
  return (
    <div className="outcome stack tight">
      <div className="row">
        <Tag kind="good">works</Tag>
        {trial.first_seconds !== null && (
          <span className="small numbers">
            {milliseconds(trial.first_seconds)} {FIRST[role] ?? "to the answer"}
          </span>
        )}
        <span className="small soft numbers">{milliseconds(trial.total_seconds)} in all</span>
      </div>
      {trial.expected && <p className="small soft">Said: “{trial.expected}”</p>}
      {trial.text && (
        <p dir="auto" className="anywhere">
          {role === "ear" ? `Written down: “${trial.text}”` : trial.text}
        </p>
      )}
      {trial.sound_base64 && <Sound base64={trial.sound_base64} />}
    </div>
  );
}

function Sound({ base64 }: { base64: string }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const made = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [base64]);
  if (!address) return null;
  // biome-ignore lint/a11y/useMediaCaption: the sentence that is spoken stands above it
  return <audio controls autoPlay src={address} />;
}
