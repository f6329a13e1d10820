// What the agent is told, what it says first, in which language, and what it thinks with.

import { useQuery } from "@tanstack/react-query";
import { models } from "../../../api/queries";
import { AreaField, CheckField, ChoiceField, RangeField, TextField } from "../../../parts/Field";
import { TagsField } from "../../../parts/TagsField";
import { at, isObject } from "../../../words/patch";
import { variablesIn } from "../../../words/variables";
import { textsIn } from "../texts";
import { type Editing, listAt, numberAt, textAt } from "../useDocument";
import { Guide } from "./Guide";
import { Languages } from "./Languages";
import { NumberSetting } from "./NumberSetting";

const AGENT = ["conversation_config", "agent"] as const;
const PROMPT = [...AGENT, "prompt"] as const;

export function AgentTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const prompt = textAt(doc, [...PROMPT, "prompt"]);
  return (
    <div className="stack loose">
      <div className="with-aside with-guide">
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
        <NumberSetting
          editing={editing}
          path={[...PROMPT, "max_tokens"]}
          label="Longest answer"
          unit="tokens"
          without="as long as it likes"
          meaning="Empty: the model decides."
        />
        <TagsField
          label="Tags"
          tags={listAt(doc, ["tags"])}
          onChange={(tags) => edit(["tags"], tags)}
          meaning="For the list of agents. Enter or a comma ends one."
        />
      </div>
      <Endings editing={editing} />
      <Languages editing={editing} />
      <Variables editing={editing} />
    </div>
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

function Variables({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const names = variablesIn(...textsIn(doc));
  const path = [...AGENT, "dynamic_variables", "dynamic_variable_placeholders"];
  const given = at(doc, path);
  const values = isObject(given) ? given : {};
  const unused = Object.keys(values).filter((name) => !names.includes(name) && values[name] !== null);
  const give = (name: string, value: string) => edit(path, { ...values, [name]: value });
  return (
    <section className="card stack">
      <h2>Variables in the text</h2>
      {names.length === 0 ? (
        <p className="soft">
          None yet. Write <code>{"{{customer_name}}"}</code> into the prompt or the first message; whoever
          starts a call fills it in.
        </p>
      ) : (
        <>
          <p className="soft small">
            What stands there when a caller gives nothing, and in the test call. A call without a value for
            one of them cannot begin.
          </p>
          <div className="fields">
            {names.map((name) => (
              <TextField
                key={name}
                label={name}
                placeholder={
                  name.startsWith("secret__") ? "never shown to the model" : "a value for trying out"
                }
                value={values[name] != null ? String(values[name]) : ""}
                onChange={(value) => give(name, value)}
              />
            ))}
          </div>
        </>
      )}
      {unused.length > 0 && (
        <p className="small soft">
          Not in these texts, but with a value (tools may use them):{" "}
          {unused.map((name) => (
            <code key={name} className="anywhere">{`${name} = ${values[name]} `}</code>
          ))}
        </p>
      )}
    </section>
  );
}
