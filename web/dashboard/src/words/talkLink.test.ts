import { describe, expect, it } from "vitest";
import { hindrances, type Place, randomToken, talkAddress } from "./talkLink";

const PLACE: Place = { origin: "https://voice.example:8443", agentId: "agent_1", branchId: null };
const withAuth = (auth: Record<string, unknown>) => ({ platform_settings: { auth } }) as never;

describe("the talk page of an agent", () => {
  it("has an address that names the branch, where it is not the main one", () => {
    expect(talkAddress(PLACE, {})).toBe("https://voice.example:8443/talk/agent_1");
    expect(talkAddress({ ...PLACE, branchId: "b" }, {})).toContain("/talk/agent_1?branch_id=b");
  });

  it("holds the key of a closed agent, and none for an open one", () => {
    expect(talkAddress(PLACE, withAuth({ enable_auth: true }))).toBeNull();
    expect(hindrances(PLACE, withAuth({ enable_auth: true }))).toEqual(["closed"]);
    const keyed = { enable_auth: true, shareable_token: "a b" };
    expect(talkAddress(PLACE, withAuth(keyed))).toContain("?token=a+b");
    expect(hindrances(PLACE, withAuth(keyed))).toEqual([]);
    expect(talkAddress(PLACE, withAuth({ shareable_token: "t" }))).not.toContain("token");
  });

  it("says when the agent's list of pages leaves this server out", () => {
    const named = (hostname: string) => hindrances(PLACE, withAuth({ allowlist: [{ hostname }] }));
    expect(named("shop.example")).toEqual(["elsewhere"]);
    expect(named("Voice.example")).toEqual([]);
    expect(named("voice.example:8443")).toEqual([]);
    expect(named("voice.example:1")).toEqual(["elsewhere"]);
  });

  it("makes keys that an address takes as they are", () => {
    expect(randomToken()).toMatch(/^[\w-]{32}$/);
    expect(randomToken()).not.toBe(randomToken());
  });
});
