// What is said in a call, as it is said: tentative words, interruptions, tools; and the line to write in.

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Icon } from "../parts/Icon";
import { Tag } from "../parts/states";
import { type Turn, unheard } from "../words/talk";

interface Shown {
  turns: Turn[];
  /** What stands beneath an answer. */
  beneath?: (turn: Turn) => ReactNode;
  agent?: string;
  language?: string | undefined;
  words?: TurnWords;
}

/** What stands around the turns, where it is not in English. */
interface TurnWords {
  you: string;
  what_is_said: string;
  interrupted: string;
}

const ENGLISH: TurnWords = { you: "You", what_is_said: "What is said", interrupted: "interrupted here" };

export function Turns({ turns, beneath, agent = "Agent", language, words = ENGLISH }: Shown) {
  const end = useRef<HTMLLIElement>(null);
  const last = turns.at(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something is added
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [turns.length, last?.text]);
  return (
    <ol
      className="turns live"
      aria-live="polite"
      aria-label={words.what_is_said}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keys
      tabIndex={0}
      lang={language}
    >
      {turns.map((turn) => (
        <Said key={turn.key} turn={turn} agent={agent} words={words}>
          {beneath?.(turn)}
        </Said>
      ))}
      <li ref={end} />
    </ol>
  );
}

interface SaidProps {
  turn: Turn;
  agent: string;
  words: TurnWords;
  children: ReactNode;
}

function Said({ turn, agent, words, children }: SaidProps) {
  if (turn.who === "tool") {
    return (
      <li className="turn tool-line small soft">
        <Icon name="tool" />
        {turn.text}
      </li>
    );
  }
  return (
    <li
      className={`turn ${turn.who}${turn.isTentative ? " tentative" : ""}`}
      // Words that still change are read out when they stand.
      aria-live={turn.isTentative ? "off" : undefined}
    >
      <div className="body stack tight">
        <span className="small name">{turn.who === "agent" ? agent : words.you}</span>
        <p className="said" dir="auto">
          {turn.text}
          {turn.isInterrupted && <del className="unheard">{unheard(turn)}</del>}
        </p>
        {turn.isInterrupted && <Tag kind="warn">{words.interrupted}</Tag>}
        {children && <div aria-live="off">{children}</div>}
      </div>
    </li>
  );
}

interface Writing {
  /** Whether somebody is there to read it; what was typed stays while nobody is. */
  isOpen?: boolean;
  onSend: (text: string) => void;
  label?: string;
  placeholder?: string;
  send?: string;
}

export function Write(props: Writing) {
  const { onSend, label = "Write to the agent", placeholder = "Write something…", send = "Send" } = props;
  const { isOpen = true } = props;
  const [text, type] = useState("");
  if (!isOpen && !text) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim() || !isOpen) return;
    onSend(text.trim());
    type("");
  };
  return (
    <form className="row" style={{ flexWrap: "nowrap" }} onSubmit={submit}>
      <input
        className="input"
        dir="auto"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => type(event.target.value)}
      />
      <button type="submit" className="button square" aria-label={send} disabled={!isOpen}>
        <Icon name="send" />
      </button>
    </form>
  );
}

/** How loud something is, so that somebody sees that they are heard. */
export function Level({ volume, wide = false }: { volume: () => number; wide?: boolean }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      if (bar.current) bar.current.style.transform = `scaleX(${Math.min(1, volume() * 2)})`;
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [volume]);
  return (
    <div className={wide ? "level wide" : "level"} aria-hidden="true">
      <div ref={bar} />
    </div>
  );
}
