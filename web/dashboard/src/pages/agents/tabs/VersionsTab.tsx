// Branches, how the calls are shared out between them, and every version there was.

import { useQuery } from "@tanstack/react-query";
import { branches } from "../../../api/queries";
import { Waiting } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import type { Editing } from "../useDocument";
import { Branches } from "./versions/Branches";
import { History } from "./versions/History";
import { Traffic } from "./versions/Traffic";

export function VersionsTab({ editing }: { editing: Editing }) {
  const found = useQuery(branches(editing.agentId));
  if (found.error && !found.data) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the branches" />;
  const rows = found.data.results;
  const inUse = rows.filter((each) => !each.is_archived);
  return (
    <div className="stack loose">
      <Branches rows={rows} editing={editing} />
      {inUse.length > 1 && <Traffic key={keyOf(inUse)} rows={inUse} agentId={editing.agentId} />}
      <History branches={rows} editing={editing} />
    </div>
  );
}

/** The sliders begin anew where the shares changed elsewhere. */
function keyOf(rows: { id: string; current_live_percentage?: number }[]): string {
  return rows.map((each) => `${each.id}=${each.current_live_percentage ?? 0}`).join(" ");
}
