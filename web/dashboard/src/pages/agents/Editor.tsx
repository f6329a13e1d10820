// One agent: everything that makes it what it is, tried out without being published.

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { Missing, Waiting } from "../../parts/states";
import { isMissing, Trouble } from "../../parts/Trouble";
import { useCurrentInView } from "../../parts/useCurrentInView";
import { TABS, type Tab } from "../../words/tabs";
import { useTitle } from "../../words/title";
import { documentIn, type Opened } from "./draft";
import { EditorHead } from "./EditorHead";
import { AdvancedTab } from "./tabs/AdvancedTab";
import { AgentTab } from "./tabs/AgentTab";
import { SecurityTab } from "./tabs/SecurityTab";
import { TurnsTab } from "./tabs/TurnsTab";
import { VersionsTab } from "./tabs/VersionsTab";
import { VoiceTab } from "./tabs/VoiceTab";
import { WidgetTab } from "./tabs/WidgetTab";
import { type Editing, opening, textAt, useDocument } from "./useDocument";

const TestCall = lazy(() => import("./try/TestCall"));
const route = getRouteApi("/agents/$agentId");

export function EditorPage() {
  const { agentId } = route.useParams();
  const { branch } = route.useSearch();
  const from = useQuery(opening(agentId, branch));
  useTitle(from.data ? textAt(documentIn(from.data.base.reply), ["name"]) : "Agent");
  if (isMissing(from.error) && !branch) {
    return (
      <Missing title="There is no such agent">
        <p>It may have been deleted, or it belongs to another workspace.</p>
        <Link to="/agents" className="button main">
          To the agents
        </Link>
      </Missing>
    );
  }
  if (from.error) {
    return (
      <div className="page">
        <Trouble error={from.error} again={() => void from.refetch()} />
        {branch && (
          <p style={{ marginTop: "1rem" }}>
            <Link to="/agents/$agentId" params={{ agentId }} className="button">
              To the main branch
            </Link>
          </p>
        )}
      </div>
    );
  }
  if (!from.data) {
    return (
      <div className="page">
        <Waiting what="the agent" lines={8} />
      </div>
    );
  }
  return <Editor key={`${agentId} ${branch ?? ""}`} agentId={agentId} branch={branch} from={from.data} />;
}

const NAMES: Record<Tab, string> = {
  agent: "Agent",
  voice: "Voice",
  turns: "Turn taking",
  security: "Security and limits",
  widget: "Widget",
  advanced: "Advanced",
  versions: "Versions",
};

function Editor({ agentId, branch, from }: { agentId: string; branch: string | undefined; from: Opened }) {
  const { tab = "agent", try: trying = false } = route.useSearch();
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const editing = useDocument(agentId, from, branch);
  const tabs = useCurrentInView(tab);
  useWarning(editing.saving !== "clean" && editing.saving !== "saved");
  const show = (open: boolean) =>
    void navigate({
      search: (before) => ({ ...before, try: open || undefined }) as typeof before,
      replace: true,
    });
  return (
    <div className={trying ? "page wide with-aside with-panel" : "page"}>
      <div className="editor">
        <EditorHead editing={editing} trying={trying} onTry={() => show(!trying)} />
        <nav ref={tabs} className="tabs" aria-label="Parts of the agent">
          {TABS.map((each) => (
            <Link
              key={each}
              from="/agents/$agentId"
              search={(before) => ({ ...before, tab: each === "agent" ? undefined : each }) as typeof before}
              activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
              aria-current={each === tab ? "page" : undefined}
              replace
            >
              {NAMES[each]}
            </Link>
          ))}
        </nav>
        <div style={{ paddingTop: "1.4rem" }}>
          <Shown tab={tab} editing={editing} />
        </div>
      </div>
      {trying && (
        <Suspense fallback={<aside className="panel" aria-busy="true" />}>
          <TestCall editing={editing} name={textAt(editing.doc, ["name"])} onClose={() => show(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Shown({ tab, editing }: { tab: Tab; editing: Editing }) {
  switch (tab) {
    case "agent":
      return <AgentTab editing={editing} />;
    case "voice":
      return <VoiceTab editing={editing} />;
    case "turns":
      return <TurnsTab editing={editing} />;
    case "security":
      return <SecurityTab editing={editing} />;
    case "widget":
      return <WidgetTab editing={editing} />;
    case "advanced":
      return <AdvancedTab editing={editing} />;
    case "versions":
      return <VersionsTab editing={editing} />;
  }
}

/** The browser asks before it leaves a page with something that is not saved. */
function useWarning(isUnsaved: boolean) {
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
}
