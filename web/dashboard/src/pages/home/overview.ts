// The figures of the last days, asked again now and then for as long as somebody looks.

import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";

const LOOK_AGAIN_MILLISECONDS = 5_000;
export const DAYS = 14;

export const overview = queryOptions({
  queryKey: ["overview", DAYS],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/overview", { query: { days: DAYS }, signal }),
  refetchInterval: LOOK_AGAIN_MILLISECONDS,
});
