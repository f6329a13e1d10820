// Questions that several pages ask, each with the key under which its answer is kept.

import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, call, keepToken, type Query, ServerAway } from "./call";

const FRESH_MILLISECONDS = 10_000;

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MILLISECONDS,
      networkMode: "always",
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError) && !(error instanceof ServerAway),
    },
    mutations: { networkMode: "always" },
  },
});

export const session = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => keepToken(await call("GET /v1/vivavoce/session", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export type ConversationsAsked = Query<"GET /v1/convai/conversations">;

export const conversations = (asked: ConversationsAsked) =>
  infiniteQueryOptions({
    queryKey: ["conversations", asked],
    queryFn: ({ pageParam, signal }) =>
      call("GET /v1/convai/conversations", {
        query: { ...asked, page_size: 100, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const conversation = (id: string) =>
  queryOptions({
    queryKey: ["conversation", id],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/conversations/{conversation_id}", { path: { conversation_id: id }, signal }),
    refetchInterval: ({ state }) =>
      state.data && ["done", "failed"].includes(state.data.status) ? false : 2_000,
  });

export type AgentsAsked = Query<"GET /v1/convai/agents">;

export const agents = (asked: AgentsAsked = {}) =>
  infiniteQueryOptions({
    queryKey: ["agents", asked],
    queryFn: ({ pageParam, signal }) =>
      call("GET /v1/convai/agents", {
        query: { ...asked, page_size: 100, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const agent = (id: string) =>
  queryOptions({
    queryKey: ["agent", id],
    queryFn: ({ signal }) => call("GET /v1/convai/agents/{agent_id}", { path: { agent_id: id }, signal }),
  });

export const models = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => call("GET /v1/convai/llm/list", { signal }),
  staleTime: 60_000,
});
