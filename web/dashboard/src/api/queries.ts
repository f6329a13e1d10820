// Questions that several pages ask, each with the key under which its answer is kept.

import { infiniteQueryOptions, QueryClient, queryOptions, skipToken } from "@tanstack/react-query";
import { ApiError, call, callTagged, keepToken, type Query, type Reply, ServerAway } from "./call";

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

const FEW_PAGES = 2;

/** To read a list anew is to read every page of it again, one after the other; so only one that is short is. */
const isShort = ({ state }: { state: { data: { pages: unknown[] } | undefined } }) =>
  (state.data?.pages.length ?? 0) <= FEW_PAGES;

export const conversations = (asked: ConversationsAsked) =>
  infiniteQueryOptions({
    refetchOnWindowFocus: isShort,
    refetchOnMount: isShort,
    refetchOnReconnect: isShort,
    queryKey: ["conversations", asked],
    queryFn: ({ pageParam, signal }) =>
      call("GET /v1/convai/conversations", {
        // The first ones are what somebody waits for.
        query: { ...asked, ...(pageParam ? { cursor: pageParam, page_size: 100 } : { page_size: 40 }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

const FIRST_TURNS = 40;

/**
 * A conversation. Of a long one the beginning is read first and kept as `beginning`, so that there is something to see
 * while the rest is on its way.
 */
export const conversation = (id: string) => {
  const queryKey = ["conversation", id];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }) => {
      const path = { conversation_id: id };
      if (!client.getQueryData(queryKey)) {
        const begun = await call("GET /v1/convai/conversations/{conversation_id}", {
          path,
          query: { vivavoce_first_turns: FIRST_TURNS },
          signal,
        });
        if ((begun.transcript ?? []).length < FIRST_TURNS) return begun;
        client.setQueryData(beginning(id).queryKey, begun);
      }
      return call("GET /v1/convai/conversations/{conversation_id}", { path, signal });
    },
    refetchInterval: ({ state }) =>
      state.data && ["done", "failed"].includes(state.data.status) ? false : 2_000,
  });
};

/** Of a long conversation its beginning, once that is there. */
export const beginning = (id: string) =>
  queryOptions<Reply<"GET /v1/convai/conversations/{conversation_id}">>({
    queryKey: ["conversation", id, "beginning"],
    queryFn: skipToken,
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

const LOOK_AGAIN_MILLISECONDS = 10_000;

/** An agent as it is published on a branch (the main one if none is named), with the tag of what was read. */
export const published = (agent_id: string, branch_id?: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "published", branch_id ?? ""],
    queryFn: ({ signal }) =>
      callTagged("GET /v1/convai/agents/{agent_id}", { path: { agent_id }, query: { branch_id }, signal }),
    refetchInterval: LOOK_AGAIN_MILLISECONDS,
  });

/** An agent as it was at a version, which never changes. */
export const version = (agent_id: string, version_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "version", version_id],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}", { path: { agent_id }, query: { version_id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const versions = (agent_id: string, branch_id?: string) =>
  infiniteQueryOptions({
    queryKey: ["agent", agent_id, "versions", branch_id ?? ""],
    queryFn: ({ pageParam, signal }) =>
      call("GET /v1/convai/agents/{agent_id}/versions", {
        path: { agent_id },
        query: { branch_id, page_size: 50, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const branches = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "branches"],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}/branches", {
        path: { agent_id },
        query: { include_archived: true, include_commit_status: true, limit: 100 },
        signal,
      }),
  });

export const models = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => call("GET /v1/convai/llm/list", { signal }),
  staleTime: 60_000,
});
