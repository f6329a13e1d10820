// The panel of the test call: speak or write with the draft, and see what happens and how long each part took.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { client, conversation } from "../../../api/queries";
import type { CallSession, Event, Mode, Told } from "../../../call/session";
import { Level, Turns, Write } from "../../../call/Turns";
import { TextField } from "../../../parts/Field";
import { Icon } from "../../../parts/Icon";
import { Tag } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { Waterfall, WaterfallLegend } from "../../../parts/Waterfall";
import { at, isObject } from "../../../words/patch";
import { BROKEN_OFF, heard, SILENCE, type Talk, type Turn, wrote } from "../../../words/talk";
import { variablesIn } from "../../../words/variables";
import { type Waterfall as Times, waterfallOf } from "../../../words/waterfall";
import { textsIn } from "../texts";
import { type Editing, flagAt, trialUrl } from "../useDocument";
import { Events, type Noted } from "./Events";
import { begin } from "./session";

interface Props {
  editing: Editing;
  name: string;
  onClose: () => void;
}

type State = "idle" | "starting" | "running" | "over";
const MOST_EVENTS = 400;

export default function TestCall({ editing, name, onClose }: Props) {
  const [state, setState] = useState<State>("idle");
  const [talk, setTalk] = useState<Talk>(SILENCE);
  const [events, setEvents] = useState<Noted[]>([]);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [session, setSession] = useState<CallSession | null>(null);
  const [isText, setText] = useState(true);
  const [isMuted, mute] = useState(false);
  const [mode, setMode] = useState<Mode>("listening");
  const current = useRef<CallSession | null>(null);
  const variables = useVariables(editing);
  // Which start is meant: whoever gave one up does not want to hear of it later.
  const attempt = useRef(0);

  useEffect(() => {
    return () => {
      attempt.current += 1;
      void current.current?.end();
    };
  }, []);

  async function start(asText: boolean) {
    attempt.current += 1;
    const mine = attempt.current;
    const isMine = () => attempt.current === mine;
    setSession(null);
    setText(asText);
    setTalk(SILENCE);
    setEvents([]);
    setTrouble(null);
    setMode("listening");
    mute(false);
    setState("starting");
    const began = performance.now();
    const onEvent = (event: Event) => {
      if (!isMine()) return;
      setTalk((before) => heard(before, event));
      setEvents((before) => [
        ...before.slice(1 - MOST_EVENTS),
        { at: (performance.now() - began) / 1000, event },
      ]);
    };
    const onEnd: Told["onEnd"] = ({ by, reason }) => {
      if (!isMine()) return;
      current.current = null;
      setState("over");
      if (by === "trouble") setTrouble(new Error(reason ?? BROKEN_OFF));
    };
    try {
      const wanted = {
        address: await trialUrl(editing),
        isText: asText || flagAt(editing.doc, ["conversation_config", "conversation", "text_only"]),
        variables: variables.given,
      };
      const started = await begin(wanted, {
        onEvent,
        onEnd,
        onMode: (next) => isMine() && setMode(next),
      });
      if (!isMine()) return void started.end();
      current.current = started;
      setSession(started);
      // One that ended at once has said so already.
      setState((before) => (before === "over" ? before : "running"));
    } catch (error) {
      if (!isMine()) return;
      setTrouble(error);
      setState("idle");
    }
  }

  function hangUp() {
    if (session) return void session.end();
    attempt.current += 1;
    setState("idle");
  }

  const times = useTimes(session?.id ?? null, talk.turns.length, state);
  const isRunning = state === "running";
  return (
    <aside className="panel" aria-label="Test call">
      <header className="row apart" style={{ flexWrap: "nowrap" }}>
        <h2 className="clip">Try {name}</h2>
        <button
          type="button"
          className="button plain square"
          aria-label="Close the test call"
          onClick={onClose}
        >
          ×
        </button>
      </header>
      {state === "idle" || state === "over" ? (
        <Start over={state === "over"} variables={variables} onStart={start} />
      ) : (
        <Running
          state={state}
          isText={isText}
          mode={mode}
          isMuted={isMuted}
          session={session}
          onHangUp={hangUp}
          onMute={() => {
            session?.mute(!isMuted);
            mute(!isMuted);
          }}
        />
      )}
      {trouble !== null && <Trouble error={trouble} />}
      {talk.turns.length > 0 && <Timed turns={talk.turns} times={times} />}
      <Write
        isOpen={isRunning}
        onSend={(text) => {
          session?.send(text);
          setTalk((before) => wrote(before, text));
        }}
      />
      {events.length > 0 && <Events events={events} />}
      {session && state === "over" && (
        <Link
          to="/conversations/$conversationId"
          params={{ conversationId: session.id }}
          search={{ view: "timeline" }}
          className="button"
        >
          Why it did that
          <Icon name="right" />
        </Link>
      )}
    </aside>
  );
}

interface Variables {
  names: string[];
  given: Record<string, string>;
  give: (name: string, value: string) => void;
}

function useVariables({ doc }: Editing): Variables {
  const [typed, type] = useState<Record<string, string>>({});
  const agent = ["conversation_config", "agent"];
  const names = variablesIn(...textsIn(doc));
  const found = at(doc, [...agent, "dynamic_variables", "dynamic_variable_placeholders"]);
  const defaults = isObject(found) ? found : {};
  const given = Object.fromEntries(names.map((name) => [name, typed[name] ?? String(defaults[name] ?? "")]));
  return { names, given, give: (name, value) => type((before) => ({ ...before, [name]: value })) };
}

function Start(props: { over: boolean; variables: Variables; onStart: (asText: boolean) => void }) {
  const { names, given, give } = props.variables;
  return (
    <div className="stack">
      {props.over ? (
        <p className="soft small" role="status">
          The conversation is over.
        </p>
      ) : (
        <p className="soft small">Talks to your draft as it stands, without publishing it.</p>
      )}
      {names.length > 0 && (
        <div className="stack tight">
          {names.map((name) => (
            <TextField
              key={name}
              label={name}
              value={given[name] ?? ""}
              onChange={(value) => give(name, value)}
            />
          ))}
        </div>
      )}
      <div className="row">
        <button type="button" className="button main" onClick={() => props.onStart(false)}>
          <Icon name="microphone" />
          Speak
        </button>
        <button type="button" className="button" onClick={() => props.onStart(true)}>
          <Icon name="conversations" />
          Chat
        </button>
      </div>
    </div>
  );
}

function Running(props: {
  state: State;
  isText: boolean;
  mode: Mode;
  isMuted: boolean;
  session: CallSession | null;
  onMute: () => void;
  onHangUp: () => void;
}) {
  const { state, isText, mode, isMuted, session, onMute, onHangUp } = props;
  const doing =
    state === "starting"
      ? "Connecting…"
      : isText
        ? "Chatting"
        : mode === "speaking"
          ? "Speaking"
          : "Listening";
  return (
    <div className="row apart">
      <span role="status">
        <Tag kind="info" live>
          {doing}
        </Tag>
      </span>
      <div className="row">
        {!isText && session && <Level volume={session.volume} />}
        {!isText && (
          <button
            type="button"
            className="button slim"
            aria-pressed={isMuted}
            onClick={onMute}
            disabled={!session}
          >
            <Icon name={isMuted ? "mute" : "microphone"} />
            {isMuted ? "Muted" : "Mute"}
          </button>
        )}
        <button type="button" className="button slim danger" onClick={onHangUp}>
          <Icon name="stop" />
          Hang up
        </button>
      </div>
    </div>
  );
}

function Timed({ turns, times }: { turns: Turn[]; times: Map<string, Times> }) {
  const longest = Math.max(0.001, ...[...times.values()].map(({ total }) => total));
  const beneath = (turn: Turn) => {
    const measured = times.get(turn.original ?? turn.text);
    return measured && <Waterfall times={measured} longest={longest} />;
  };
  return (
    <div className="stack tight" style={{ minHeight: 0 }}>
      <Turns turns={turns} beneath={beneath} />
      {times.size > 0 && <WaterfallLegend />}
    </div>
  );
}

/** The times of each answer, which the server knows once its turn is written down; by what was said. */
function useTimes(id: string | null, count: number, state: State): Map<string, Times> {
  const found = useQuery({
    ...conversation(id ?? ""),
    enabled: id !== null,
    // Also when it is over: the last turn is written down a moment after it was heard.
    refetchInterval: ({ state: { data } }) =>
      state === "running" || data?.status === "in-progress" || data?.status === "processing" ? 1_500 : false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew for each turn, and when all is over
  useEffect(() => {
    if (id) void client.invalidateQueries({ queryKey: ["conversation", id] });
  }, [id, count, state]);
  const times = new Map<string, Times>();
  for (const entry of found.data?.transcript ?? []) {
    const measured = entry.role === "agent" ? waterfallOf(entry.conversation_turn_metrics?.metrics) : null;
    if (measured) times.set(entry.original_message ?? entry.message ?? "", measured);
  }
  return times;
}
