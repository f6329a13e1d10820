// Which settings of a voice a provider obeys. One that is not named here is taken to obey only the speed.

export type Knob = "speed" | "stability" | "similarity";

const OBEYS: Record<string, readonly Knob[]> = {
  elevenlabs: ["speed", "stability", "similarity"],
  wyoming: [],
};

export function obeyedBy(provider: string | undefined): readonly Knob[] {
  return OBEYS[provider ?? ""] ?? ["speed"];
}
