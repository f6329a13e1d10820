// The language models that agents can name here, and what each can do; under them the models of this machine.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Reply } from "../../api/call";
import { models } from "../../api/queries";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Table } from "../../parts/Table";
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
      <Table
        rows={llms}
        keyOf={({ llm }) => llm}
        columns={[
          {
            name: "Model",
            cell: ({ llm }) => (
              <>
                <span className="mono">{llm}</span>
                {OWN[llm] && <div className="small soft">{OWN[llm]}</div>}
              </>
            ),
          },
          {
            name: "Reads at most",
            look: "numbers small nowrap",
            cell: ({ max_context_limit: most }) => `${most.toLocaleString()} tokens`,
          },
          { name: "Can", cell: (each) => <Abilities of={each} /> },
        ]}
      />
    </div>
  );
}

type Model = Reply<"GET /v1/convai/llm/list">["llms"][number];

function Abilities({ of }: { of: Model }) {
  const abilities = [
    of.supports_parallel_tool_calls && "several tools at once",
    of.supports_image_input && "pictures",
    of.supports_document_input && "documents",
    (of.available_reasoning_efforts ?? []).length > 0 && "reasoning",
  ].filter((each) => typeof each === "string");
  if (abilities.length === 0) return <span className="soft">—</span>;
  return (
    <span className="row" style={{ gap: "0.3rem" }}>
      {abilities.map((each) => (
        <Tag key={each}>{each}</Tag>
      ))}
    </span>
  );
}
