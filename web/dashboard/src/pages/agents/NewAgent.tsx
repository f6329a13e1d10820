// A new agent: choose what it begins as, and name it.

import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { call } from "../../api/call";
import { client, models } from "../../api/queries";
import { TextField } from "../../parts/Field";
import { DialogForm } from "../../parts/Form";
import { documentOf, TEMPLATES, type Template } from "./templates";

export function NewAgent({ onClose }: { onClose: () => void }) {
  const [chosen, choose] = useState<Template>(TEMPLATES[1] as Template);
  const [name, setName] = useState("");
  const first = useRef<HTMLInputElement>(null);
  // The dialog begins with its first field; who uses the keyboard begins with what is chosen.
  useEffect(() => first.current?.focus(), []);
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
  return (
    <DialogForm
      title="New agent"
      wide
      action="Create"
      doing="Creating…"
      work={creation}
      onSubmit={() => creation.mutate()}
      onClose={onClose}
    >
      <fieldset>
        <legend className="hidden-text">Begin as</legend>
        <div className="templates">
          {TEMPLATES.map((each) => (
            <label key={each.id} className="template">
              <input
                ref={each === TEMPLATES[1] ? first : undefined}
                type="radio"
                name="template"
                checked={each === chosen}
                onChange={() => choose(each)}
              />
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
    </DialogForm>
  );
}
