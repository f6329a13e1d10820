// What the address of a talk page says. Two forms lead here:
//
//     /talk/{agent_id}?...               ours
//     /app/talk-to?agent_id=...&...      the contract's, so that a link needs a new host and nothing else
//
// Both take branch_id, version_id, environment, language, user_id, conversation_signature (or token), and variables:
// `vars` is base64 of a JSON object, `var_name=value` is one of them and wins.

export interface TalkAddress {
  agentId: string;
  branchId: string | null;
  versionId: string | null;
  environment: string | null;
  signature: string | null;
  language: string | null;
  userId: string | null;
  variables: Record<string, string>;
  /** Whether there were variables in it that could not be read. */
  isUnreadable: boolean;
}

const PATH = /^\/talk\/([^/]+)\/?$/;
const OF_ONE = "var_";

export function addressIn({ pathname, search }: { pathname: string; search: string }): TalkAddress {
  const query = new URLSearchParams(search);
  const inPath = PATH.exec(pathname)?.[1];
  const { variables, isUnreadable } = variablesOf(query);
  return {
    agentId: inPath ? decoded(inPath) : (query.get("agent_id") ?? ""),
    branchId: query.get("branch_id") || null,
    versionId: query.get("version_id") || null,
    environment: query.get("environment") || null,
    signature: query.get("conversation_signature") || query.get("token") || null,
    language: query.get("language") || null,
    userId: query.get("user_id") || null,
    variables,
    isUnreadable,
  };
}

function variablesOf(query: URLSearchParams): Pick<TalkAddress, "variables" | "isUnreadable"> {
  const packed = query.get("vars");
  const together = packed ? unpacked(packed) : {};
  const single = [...query].filter(([name]) => name.startsWith(OF_ONE) && name !== OF_ONE);
  const alone = Object.fromEntries(single.map(([name, value]) => [name.slice(OF_ONE.length), value]));
  return { variables: { ...together, ...alone }, isUnreadable: together === null };
}

/** The object in `vars`: base64 with either alphabet, padded or not, of JSON in UTF-8. */
function unpacked(packed: string): Record<string, string> | null {
  try {
    // In a query a plus sign arrives as a space.
    const plain = packed.replace(/[ -]/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
    const told: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof told !== "object" || told === null || Array.isArray(told)) return null;
    return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, asText(value)]));
  } catch {
    return null;
  }
}

function asText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Where the call's socket is. */
export function socketOf(origin: string, told: TalkAddress): string {
  const query = new URLSearchParams({ agent_id: told.agentId });
  const rest = {
    branch_id: told.branchId,
    version_id: told.versionId,
    environment: told.environment,
    conversation_signature: told.signature,
  };
  for (const [name, value] of Object.entries(rest)) if (value) query.set(name, value);
  return `${origin.replace(/^http/, "ws")}/v1/convai/conversation?${query}`;
}
