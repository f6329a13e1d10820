// A voice as it is listed, and all of them.

import { queryOptions } from "@tanstack/react-query";
import { call } from "../../../../api/call";
import type { Schemas } from "../../../../api/contract";

export type Voice = Schemas["VoiceResponseModel"];

export const voices = queryOptions({
  queryKey: ["voices"],
  queryFn: ({ signal }) => call("GET /v1/voices", { signal }),
  staleTime: 60_000,
});

export function languagesIn(voice: Voice): string[] {
  return [...new Set(voice.verified_languages.map(({ language }) => language))];
}
