// What was said, turn by turn, with the tools that were called and where the time of each answer went.

import { memo, useCallback, useMemo } from "react";
import type { Schemas } from "../../api/contract";
import { Icon } from "../../parts/Icon";
import { LongList } from "../../parts/LongList";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Waterfall, WaterfallLegend } from "../../parts/Waterfall";
import { remedyFor, statusInWords } from "../../words/endings";
import { milliseconds, place } from "../../words/times";
import { spread, type Waterfall as Times, waterfallOf } from "../../words/waterfall";
import type { Read } from "./read";

type Entry = Schemas["TranscriptEntry"];

interface Timed {
  entry: Entry;
  times: Times | null;
}

export function Transcript({ one, isWhole }: { one: Read; isWhole: boolean }) {
  const turns = useMemo(() => (one.transcript ?? []).map(timed), [one.transcript]);
  const longest = turns.reduce((most, { times }) => Math.max(most, times?.total ?? 0), 0.001);
  const middle = spread(turns.flatMap(({ times }) => (times ? [times.total] : [])));
  const row = useCallback(
    (turn: Timed, index: number) => <Turn key={index} {...turn} longest={longest} />,
    [longest],
  );
  if (turns.length === 0) return <Silence one={one} />;
  return (
    <div className="stack">
      <Warnings one={one} />
      {middle && (
        <div className="row apart">
          <p className="small soft">
            First answer after <strong className="numbers">{milliseconds(middle.median)}</strong> in the
            median, <span className="numbers">{milliseconds(middle.p95)}</span> for the slowest twentieth
          </p>
          <WaterfallLegend />
        </div>
      )}
      <LongList rows={turns} rowRems={TURN_REMS} row={row} />
      {isWhole ? <Ending one={one} /> : <Waiting what="the rest of what was said" lines={2} />}
    </div>
  );
}

const TURN_REMS = 5;
const known = new WeakMap<Entry, Timed>();

/** The same for the same entry, so that a conversation that goes on draws only what is new. */
function timed(entry: Entry): Timed {
  let found = known.get(entry);
  if (!found) {
    const metrics = entry.role === "agent" ? entry.conversation_turn_metrics?.metrics : null;
    found = { entry, times: metrics ? waterfallOf(metrics) : null };
    known.set(entry, found);
  }
  return found;
}

const Turn = memo(function Turn({ entry, times, longest }: Timed & { longest: number }) {
  const whispered = entry.contextual_update_info != null;
  return (
    <div role="listitem" className={`turn ${entry.role}${whispered ? " whispered" : ""}`}>
      <span className="small soft numbers when">{place(entry.time_in_call_secs)}</span>
      <div className="body stack tight">
        <span className="small name">
          {whispered ? "Told to the agent" : entry.role === "agent" ? "Agent" : "Caller"}
        </span>
        {entry.message && (
          <p className="said" dir="auto">
            {entry.message}
            {entry.interrupted && <Cut original={entry.original_message ?? null} heard={entry.message} />}
          </p>
        )}
        {(entry.tool_calls ?? []).map((each) => (
          <Tool key={each.request_id} asked={each} got={outcomeOf(entry, each.request_id)} />
        ))}
        {entry.role === "agent" && (times || entry.interrupted) && (
          <div className="row" style={{ gap: "1rem" }}>
            {times && <Waterfall times={times} longest={longest} />}
            {entry.interrupted && <Tag kind="warn">interrupted</Tag>}
          </div>
        )}
        {entry.ignored_as_backchannel && <Tag>a listener's “mhm”, not a turn</Tag>}
      </div>
    </div>
  );
});

/** What would have been said if nobody had spoken. */
function Cut({ original, heard }: { original: string | null; heard: string }) {
  const rest = original?.startsWith(heard.replace(/[\s….]+$/, ""))
    ? original.slice(heard.replace(/[\s….]+$/, "").length)
    : "";
  return rest ? (
    <del className="unheard" title="Not heard any more">
      {rest}
    </del>
  ) : null;
}

function outcomeOf(entry: Entry, id: string) {
  return entry.tool_results?.find((each) => each.request_id === id);
}

function Tool({ asked, got }: { asked: Schemas["ToolCall"]; got: Schemas["ToolOutcome"] | undefined }) {
  return (
    <details className="tool">
      <summary>
        <Icon name="tool" />
        <span className="mono anywhere">{asked.tool_name}</span>
        {got ? (
          <Tag kind={got.is_error ? "bad" : "good"}>{got.is_error ? "failed" : "done"}</Tag>
        ) : (
          <Tag>no answer</Tag>
        )}
        {got?.tool_latency_secs ? (
          <span className="small soft">{milliseconds(got.tool_latency_secs)}</span>
        ) : null}
      </summary>
      <div className="stack tight">
        <span className="small soft">Asked</span>
        <pre className="code">{pretty(asked.params_as_json)}</pre>
        {got && (
          <>
            <span className="small soft">Answered</span>
            <pre className="code">{pretty(got.raw_error_message || got.result_value)}</pre>
          </>
        )}
      </div>
    </details>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Ending({ one }: { one: Read }) {
  const status = statusInWords(one.status);
  const { error, termination_reason: reason } = one.metadata;
  if (status.live) {
    return (
      <p className="soft" role="status">
        <Tag kind="info" live>
          The conversation goes on
        </Tag>
      </p>
    );
  }
  if (!error) {
    return reason ? (
      <p className="soft ended" dir="auto">
        {reason}
      </p>
    ) : null;
  }
  const remedy = remedyFor(error.reason);
  return (
    <div className="notice bad">
      <div className="grow stack tight">
        <p dir="auto">{reason || "The conversation ended with an error."}</p>
        {remedy && <p>{remedy}</p>}
        <p className="small mono anywhere">
          {error.reason} ({error.code})
        </p>
      </div>
    </div>
  );
}

/** What the operator should know: who stepped in for whom, what was ignored, that a draft was tried. */
function Warnings({ one }: { one: Read }) {
  const warnings = one.metadata.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <ul className="notice warn stack tight">
      {warnings.map((warning) => (
        <li key={warning} dir="auto">
          {warning}
        </li>
      ))}
    </ul>
  );
}

function Silence({ one }: { one: Read }) {
  return (
    <>
      <Warnings one={one} />
      <Empty
        icon="conversations"
        title={statusInWords(one.status).live ? "Nothing was said yet" : "Nothing was said"}
      >
        <p>
          {statusInWords(one.status).live
            ? "What is said appears here by itself."
            : "The conversation ended before anybody spoke, or the agent keeps no transcripts."}
        </p>
      </Empty>
      <Ending one={one} />
    </>
  );
}
