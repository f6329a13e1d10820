// What the agent is told, what it says first, in which language, and what it thinks with.

import { useQuery } from "@tanstack/react-query";
import { models } from "../../../api/queries";
import { AreaField, CheckField, ChoiceField, NumberField, RangeField, TextField } from "../../../parts/Field";
import { LANGUAGES } from "../../../words/languages";
import { at, isObject } from "../../../words/patch";
import { variablesIn } from "../../../words/variables";
import { type Editing, listAt, numberAt, textAt } from "../useDocument";
import { Guide } from "./Guide";

const AGENT = ["conversation_config", "agent"] as const;
const PROMPT = [...AGENT, "prompt"] as const;

export function AgentTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const prompt = textAt(doc, [...PROMPT, "prompt"]);
  return (
    <div className="stack loose">
      <div className="with-guide">
        <AreaField
          label="Prompt"
          rows={22}
          value={prompt}
          onChange={(value) => edit([...PROMPT, "prompt"], value)}
          meaning={`${prompt.length.toLocaleString()} characters, about ${Math.ceil(prompt.length / 4).toLocaleString()} tokens with every answer.`}
        />
        <Guide prompt={prompt} />
      </div>
      <AreaField
        label="First message"
        rows={2}
        value={textAt(doc, [...AGENT, "first_message"])}
        onChange={(value) => edit([...AGENT, "first_message"], value)}
        meaning="Said as soon as the line is open. Empty: the agent waits for the caller to speak first."
      />
      <div className="fields">
        <ChoiceField
          label="Language"
          choices={LANGUAGES}
          value={textAt(doc, [...AGENT, "language"])}
          onChange={(value) => edit([...AGENT, "language"], value)}
          meaning="What the agent speaks and expects to hear."
        />
        <Model editing={editing} />
        <RangeField
          label="Temperature"
          min={0}
          max={1}
          step={0.05}
          value={numberAt(doc, [...PROMPT, "temperature"]) ?? 0}
          onChange={(value) => edit([...PROMPT, "temperature"], value)}
          meaning="0 says the likeliest thing; more is livelier and less predictable."
        />
        <NumberField
          label="Longest answer"
          unit="tokens"
          min={-1}
          value={numberAt(doc, [...PROMPT, "max_tokens"])}
          onChange={(value) => edit([...PROMPT, "max_tokens"], value ?? -1)}
          meaning="-1: as long as the model likes."
        />
        <TextField
          label="Tags"
          value={listAt(doc, ["tags"]).join(", ")}
          onChange={(value) => edit(["tags"], tagsIn(value))}
          meaning="For the list of agents; separated by commas."
        />
      </div>
      <Endings editing={editing} />
      <Variables editing={editing} prompt={prompt} />
    </div>
  );
}

function tagsIn(text: string): string[] {
  const parts = text.split(",").map((each) => each.trimStart());
  return parts.filter(
    (each, index) => each.trim() || (index === parts.length - 1 && index > 0 && each !== ""),
  );
}

function Model({ editing: { doc, edit } }: { editing: Editing }) {
  const catalogue = useQuery(models);
  const chosen = textAt(doc, [...PROMPT, "llm"]);
  const choices = (catalogue.data?.llms ?? []).map(({ llm }) => ({ value: llm, label: llm }));
  const isKnown = !catalogue.data || choices.some(({ value }) => value === chosen);
  return (
    <>
      <ChoiceField
        label="Model"
        choices={choices}
        value={chosen}
        onChange={(value) => edit([...PROMPT, "llm"], value)}
        meaning={
          isKnown
            ? "What the agent thinks with."
            : "No provider here has a model of this name; docs: connect a model."
        }
      />
      {chosen === "custom-llm" && (
        <TextField
          label="Address of the model's server"
          type="url"
          placeholder="https://…/v1"
          value={textAt(doc, [...PROMPT, "custom_llm", "url"])}
          onChange={(value) => edit([...PROMPT, "custom_llm", "url"], value)}
          meaning="One that speaks chat completions."
        />
      )}
    </>
  );
}

function Endings({ editing: { doc, edit } }: { editing: Editing }) {
  const path = [...PROMPT, "built_in_tools", "end_call"];
  return (
    <CheckField
      label="The agent may end the call"
      meaning="It gets the tool end_call. Say in the prompt when to use it."
      value={isObject(at(doc, path))}
      onChange={(value) =>
        edit(path, value ? { name: "end_call", params: { system_tool_type: "end_call" } } : null)
      }
    />
  );
}

function Variables({ editing: { doc, edit }, prompt }: { editing: Editing; prompt: string }) {
  const names = variablesIn(prompt, textAt(doc, [...AGENT, "first_message"]));
  const path = [...AGENT, "dynamic_variables", "dynamic_variable_placeholders"];
  const given = at(doc, path);
  return (
    <section className="card">
      <h2>Variables in the text</h2>
      {names.length === 0 ? (
        <p className="soft">
          None yet. Write <code>{"{{customer_name}}"}</code> into the prompt or the first message; whoever
          starts a call fills it in.
        </p>
      ) : (
        <div className="stack">
          <p className="soft small">What stands there when a caller gives nothing, and in the test call:</p>
          <div className="fields">
            {names.map((name) => (
              <TextField
                key={name}
                label={name}
                value={isObject(given) && given[name] != null ? String(given[name]) : ""}
                onChange={(value) => edit(path, { ...(isObject(given) ? given : {}), [name]: value })}
              />
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
