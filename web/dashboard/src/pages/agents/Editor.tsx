// One agent.

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { agent } from "../../api/queries";
import { Id } from "../../parts/Copy";
import { Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { useTitle } from "../../words/title";
import { exported } from "./exchange";

const route = getRouteApi("/agents/$agentId");

export function EditorPage() {
  const { agentId } = route.useParams();
  const found = useQuery(agent(agentId));
  useTitle(found.data?.name ?? "Agent");
  return (
    <div className="page">
      {found.error && <Trouble error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Waiting what="the agent" />}
      {found.data && (
        <>
          <header className="page-head">
            <div>
              <p className="small">
                <Link to="/agents">Agents</Link>
              </p>
              <h1>{found.data.name}</h1>
              <Id id={agentId} what="the agent's id" />
            </div>
          </header>
          <pre className="code">{JSON.stringify(exported(found.data), null, 2)}</pre>
        </>
      )}
    </div>
  );
}
