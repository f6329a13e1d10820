// A new agent: choose what it begins as, and name it.

import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call";
import { client, models } from "../../api/queries";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { Trouble } from "../../parts/Trouble";
import { documentOf, TEMPLATES, type Template } from "./templates";

export function NewAgent({ onClose }: { onClose: () => void }) {
  const [chosen, choose] = useState<Template>(TEMPLATES[1] as Template);
  const [name, setName] = useState("");
  const catalogue = useQuery(models);
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: () => {
      const llm = catalogue.data?.llms.find((each) => each.llm !== "custom-llm")?.llm;
      return call("POST /v1/convai/agents/create", {
        body: documentOf(chosen, name.trim() || chosen.name, llm),
      });
    },
    onSuccess: ({ agent_id }) => {
      void client.invalidateQueries({ queryKey: ["agents"] });
      void navigate({ to: "/agents/$agentId", params: { agentId: agent_id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creation.mutate();
  };
  return (
    <Dialog title="New agent" onClose={onClose} wide>
      <form className="stack" onSubmit={submit}>
        <fieldset>
          <legend className="hidden-text">Begin as</legend>
          <div className="templates">
            {TEMPLATES.map((each) => (
              <label key={each.id} className="template">
                <input type="radio" name="template" checked={each === chosen} onChange={() => choose(each)} />
                <span className="stack tight">
                  <strong>{each.name}</strong>
                  <span className="small soft">{each.summary}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <TextField label="Name" placeholder={chosen.name} value={name} onChange={setName} />
        {chosen.prompt && (
          <details>
            <summary className="small">Read its prompt first</summary>
            <pre className="code" style={{ maxHeight: "14rem", marginTop: "0.5rem" }}>
              {chosen.prompt}
            </pre>
          </details>
        )}
        {creation.error && <Trouble error={creation.error} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button main" disabled={creation.isPending}>
            {creation.isPending ? "Creating…" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
