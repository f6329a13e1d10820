// Which address shows which page. Filters and tabs live in the address, so a link shows what its sender saw.

import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { useEffect } from "react";
import { ServerAway } from "./api/call";
import { agents, client, conversation, conversations } from "./api/queries";
import { readAhead } from "./pages/agents/draft";
import { overview } from "./pages/home/overview";
import { SECTION_PAGES, SECTION_SCRIPTS } from "./pages/settings/pages";
import { Missing, Waiting } from "./parts/states";
import { Trouble } from "./parts/Trouble";
import { loadAhead, page } from "./shell/pages";
import { Shell } from "./shell/Shell";
import { away } from "./shell/server";
import { type Filters, filtersIn, queryOf } from "./words/filters";
import { TABS, type Tab } from "./words/tabs";

const scripts = {
  Home: page(() => import("./pages/home/Home")),
  Agents: page(() => import("./pages/agents/Agents")),
  EditorPage: page(() => import("./pages/agents/Editor")),
  Conversations: page(() => import("./pages/conversations/Conversations")),
  Conversation: page(() => import("./pages/conversations/Conversation")),
  Settings: page(() => import("./pages/settings/Settings")),
};

/** Begins to read what a page shows; a failure is told by the page itself. */
const soon = (reading: Promise<unknown>) => void reading.catch(() => undefined);

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  loader: () => soon(client.prefetchQuery(overview)),
  component: lazyRouteComponent(scripts.Home, "Home"),
});

export interface AgentsSearch {
  search?: string;
  tag?: string;
  archived?: boolean;
  make?: boolean;
}

const agentsRoute = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  validateSearch: (sent: Record<string, unknown>): AgentsSearch => ({
    ...(typeof sent.search === "string" && sent.search ? { search: sent.search } : {}),
    ...(typeof sent.tag === "string" && sent.tag ? { tag: sent.tag } : {}),
    ...(sent.archived ? { archived: true } : {}),
    ...(sent.make ? { make: true } : {}),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) =>
    soon(
      client.prefetchInfiniteQuery(
        agents({ search: deps.search, tags: deps.tag ? [deps.tag] : null, archived: deps.archived ?? false }),
      ),
    ),
  component: lazyRouteComponent(scripts.Agents, "Agents"),
});

const agentRoute = createRoute({
  getParentRoute: () => root,
  path: "/agents/$agentId",
  validateSearch: (sent: Record<string, unknown>): { tab?: Tab; branch?: string; try?: boolean } => ({
    ...(TABS.includes(sent.tab as Tab) && sent.tab !== "agent" ? { tab: sent.tab as Tab } : {}),
    ...(typeof sent.branch === "string" ? { branch: sent.branch } : {}),
    ...(sent.try ? { try: true } : {}),
  }),
  loaderDeps: ({ search }) => ({ branch: search.branch }),
  loader: ({ params, deps }) => soon(readAhead(params.agentId, deps.branch)),
  component: lazyRouteComponent(scripts.EditorPage, "EditorPage"),
});

const conversationsRoute = createRoute({
  getParentRoute: () => root,
  path: "/conversations",
  validateSearch: (sent: Record<string, unknown>): Filters => filtersIn(sent),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => soon(client.prefetchInfiniteQuery(conversations(queryOf(deps)))),
  component: lazyRouteComponent(scripts.Conversations, "Conversations"),
});

const keptRoute = createRoute({
  getParentRoute: () => root,
  path: "/conversations/kept",
  component: lazyRouteComponent(() => import("./pages/conversations/Kept"), "Kept"),
});

export type View = "transcript" | "timeline" | "details";

const conversationRoute = createRoute({
  getParentRoute: () => root,
  path: "/conversations/$conversationId",
  validateSearch: (sent: Record<string, unknown>): { view?: View } =>
    sent.view === "timeline" || sent.view === "details" ? { view: sent.view } : {},
  loader: ({ params }) => soon(client.prefetchQuery(conversation(params.conversationId))),
  component: lazyRouteComponent(scripts.Conversation, "Conversation"),
});

const settingsHome = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$section", params: { section: "keys" } });
  },
});

const settingsRoute = createRoute({
  getParentRoute: () => root,
  path: "/settings/$section",
  // Waited for, like the script of any page: a placeholder that has been shown stays for 300 ms, so React has it.
  loader: ({ params }) => SECTION_PAGES[params.section]?.preload?.(),
  component: lazyRouteComponent(scripts.Settings, "Settings"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    agentsRoute,
    agentRoute,
    conversationsRoute,
    keptRoute,
    conversationRoute,
    settingsHome,
    settingsRoute,
  ]),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: () => (
    <div className="page">
      <Waiting what="the page" />
    </div>
  ),
  defaultErrorComponent: ({ error, reset }) => (
    <div className="page">
      {error instanceof ServerAway ? (
        <UntilItIsBack error={error} />
      ) : (
        <Trouble error={error} again={reset} />
      )}
    </div>
  ),
});

// A new page begins at its top; going back leaves the place to the browser. (The router's own way of remembering places
// writes a script into the page, which the page's policy refuses.)
let isNew = false;
router.history.subscribe(({ action }) => {
  isNew = action.type === "PUSH";
});
router.subscribe("onResolved", ({ pathChanged }) => {
  if (!isNew || !pathChanged) return;
  window.scrollTo(0, 0);
  requestAnimationFrame(goOnFromHere);
});

/** Where the link that was followed is gone with its page, keys go on in the new one. */
function goOnFromHere(): void {
  if (document.activeElement === document.body)
    document.getElementById("content")?.focus({ preventScroll: true });
}

/** What is loaded when the first page is there: whoever goes on finds the next one here, also while nobody answers. */
export function loadPagesAhead(): void {
  loadAhead([...Object.values(scripts), ...Object.values(SECTION_SCRIPTS)]);
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** A page whose script did not come, because nobody answers: it is loaded as soon as somebody does. */
function UntilItIsBack({ error }: { error: Error }) {
  useEffect(() => away.subscribe(() => !away.get() && window.location.reload()), []);
  return <Trouble error={error} />;
}

function NotFound() {
  return (
    <Missing title="There is no such page">
      <p>The address may be mistyped, or what was here has another one now.</p>
      <Link to="/" className="button main">
        To the start
      </Link>
    </Missing>
  );
}
