// The language models that agents can name here, and what each can do; under them the models of this machine.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { models } from "../../api/queries";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { LocalModels } from "./LocalModels";

const OWN: Record<string, string> = {
  deterministic:
    "Follows the prompt by rules, without a model: calls tools, answers from what the prompt says.",
  scripted: "The stand-in: answers by rules, without a model. For trying things out.",
  "custom-llm": "An address of the agent's own that speaks chat completions.",
};

export function Models() {
  return (
    <div className="stack loose">
      <section className="stack">
        <h2>What agents can think with</h2>
        <Minds />
      </section>
      <section className="stack">
        <h2>Models on this machine</h2>
        <LocalModels />
      </section>
    </div>
  );
}

function Minds() {
  const found = useQuery(models);
  if (found.error) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the models" />;
  const { llms } = found.data;
  if (llms.length === 0) {
    return (
      <Empty icon="agents" title="No model is here">
        <p>
          Name a provider in the settings of the server, or start one on this machine; it is found by itself.
        </p>
      </Empty>
    );
  }
  return (
    <div className="stack">
      <p className="soft">
        A model server on this machine is found by itself; other minds come from{" "}
        <Link to="/settings/$section" params={{ section: "providers" }}>
          providers
        </Link>
        .
      </p>
      <div className="card scroll" style={{ padding: 0 }}>
        <table className="table">
          <thead>
            <tr>
              <th>Model</th>
              <th className="right">Reads at most</th>
              <th>Can</th>
            </tr>
          </thead>
          <tbody>
            {llms.map((each) => (
              <tr key={each.llm}>
                <td>
                  <span className="mono">{each.llm}</span>
                  {OWN[each.llm] && <div className="small soft">{OWN[each.llm]}</div>}
                </td>
                <td className="right numbers small nowrap">
                  {each.max_context_limit.toLocaleString()} tokens
                </td>
                <td>
                  <span className="row" style={{ gap: "0.3rem" }}>
                    {each.supports_parallel_tool_calls && <Tag>several tools at once</Tag>}
                    {each.supports_image_input && <Tag>pictures</Tag>}
                    {each.supports_document_input && <Tag>documents</Tag>}
                    {(each.available_reasoning_efforts ?? []).length > 0 && <Tag>reasoning</Tag>}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
