// The language models that agents can name here, and what each can do.

import { useQuery } from "@tanstack/react-query";
import { models } from "../../api/queries";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";

const OWN: Record<string, string> = {
  scripted: "The stand-in: answers by rules, without a model. For trying things out.",
  "custom-llm": "An address of the agent's own that speaks chat completions.",
};

export function Models() {
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
        What agents can think with now. Providers are named in the settings of the server; a model server on
        this machine is found by itself.
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
