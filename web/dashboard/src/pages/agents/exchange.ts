// An agent as a file: what the contract's create takes, and nothing that only this server knows.

import type { Body, Reply } from "../../api/call";

type Agent = Reply<"GET /v1/convai/agents/{agent_id}">;
type Create = Body<"POST /v1/convai/agents/create">;

const MOST_CHARACTERS = 4 * 1024 * 1024;

export function exported(agent: Agent): Record<string, unknown> {
  const { name, tags, conversation_config, platform_settings, workflow } = agent;
  return { name, tags, conversation_config, platform_settings, workflow };
}

/** What a file holds, if that can be an agent. Its fields are the server's to check. */
export function readImport(text: string, fileName: string): Create {
  if (text.length > MOST_CHARACTERS) throw new Error(`${fileName} is larger than an agent can be.`);
  const found = parsed(text, fileName);
  if (typeof found !== "object" || found === null || !("conversation_config" in found)) {
    throw new Error(`${fileName} holds no agent: it has no conversation_config.`);
  }
  const kept = Object.entries(found).filter(([name]) =>
    ["name", "tags", "conversation_config", "platform_settings", "workflow"].includes(name),
  );
  return Object.fromEntries(kept) as Create;
}

function parsed(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${fileName} is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}
