// Why the agent did what it did: the call lived through again by the engine, moment by moment.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { memo, useCallback, useState } from "react";
import { ApiError, call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { CheckField } from "../../parts/Field";
import { LongList } from "../../parts/LongList";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";

const timeline = (id: string, everything: boolean) =>
  queryOptions({
    queryKey: ["conversation", id, "timeline", everything],
    queryFn: ({ signal }) =>
      call("GET /v1/vivavoce/conversations/{conversation_id}/timeline", {
        path: { conversation_id: id },
        query: { everything },
        signal,
      }),
    placeholderData: (before) => before,
  });

const AGAIN_MILLISECONDS = 3_000;
const MOMENT_REMS = 3.4;

export function Timeline({ id, status }: { id: string; status: string }) {
  const [everything, showEverything] = useState(false);
  const isOver = status === "done" || status === "failed";
  const found = useQuery({
    ...timeline(id, everything),
    refetchInterval: isOver ? false : AGAIN_MILLISECONDS,
  });
  const row = useCallback(
    (each: Happened) => <Moment key={each.number} one={each} everything={everything} />,
    [everything],
  );
  if (found.error instanceof ApiError && found.error.code === "no_journal") return <NoJournal />;
  if (found.error) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the timeline" lines={10} />;
  const { moments, verdict, diverges } = found.data;
  return (
    <div className="stack">
      <div className="row apart">
        <p className={`notice ${diverges ? "warn" : "good"}`} style={{ padding: "0.4rem 0.8rem" }}>
          {verdict}
        </p>
        <CheckField
          label="Show every token and every piece of sound"
          value={everything}
          onChange={showEverything}
        />
      </div>
      <LongList rows={moments} rowRems={MOMENT_REMS} row={row} />
    </div>
  );
}

type Happened = Schemas["MomentRead"];

const Moment = memo(function Moment({ one, everything }: { one: Happened; everything: boolean }) {
  const then = everything ? one.then : one.then.filter((each) => !each.detail);
  return (
    <div role="listitem" className={`moment of-${one.actor}${one.diverges ? " diverges" : ""}`}>
      <span className="small soft numbers when">{one.at.toFixed(3)}</span>
      <span className="small actor">{one.actor}</span>
      <div className="stack tight">
        <p dir="auto">{one.text}</p>
        {then.length > 0 && (
          <ul className="then">
            {then.map((each, index) => (
              <li key={index} dir="auto">
                {each.text}
              </li>
            ))}
          </ul>
        )}
        {one.diverges && <Tag kind="warn">today's engine decides otherwise</Tag>}
      </div>
      <span className="small soft state">{one.state}</span>
    </div>
  );
});

function NoJournal() {
  return (
    <Empty icon="conversations" title="No journal was kept of this conversation">
      <p>
        The timeline is told from the engine's own journal. This agent's privacy settings keep none, or it was
        removed when its time was over.
      </p>
    </Empty>
  );
}
