// The parts of the editor of an agent, as they stand in its address.

export const TABS = ["agent", "voice", "turns", "security", "widget", "advanced", "versions"] as const;
export type Tab = (typeof TABS)[number];
