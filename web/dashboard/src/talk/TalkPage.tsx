// One agent, and somebody who talks to it: first what they should know, then the call, then what they thought of it.

import { useCallback, useEffect, useRef, useState } from "react";
import { Icon, type IconName } from "../parts/Icon";
import { Waiting } from "../parts/states";
import { Notes } from "../shell/notes";
import { chooseTheme, type Theme, theme } from "../shell/theme";
import { keep, kept } from "../words/keeping";
import { useStore } from "../words/store";
import type { TalkAddress } from "./address";
import { Call } from "./Call";
import { Face } from "./Face";
import { labelsOf, olderWords } from "./labels";
import { Over } from "./Over";
import { refusalOf } from "./refusals";
import { type Shown, shownOf } from "./server";
import { type Terms, termsOf } from "./terms";
import { useCall } from "./useCall";
import { Welcome } from "./Welcome";
import {
  directionOf,
  ENGLISH,
  filled,
  firstOf,
  LANGUAGES,
  nearest,
  type Words,
  wordsAtHand,
  wordsOf,
} from "./words";

export function TalkPage({ address }: { address: TalkAddress }) {
  const [shown, show] = useState<Shown | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [chosen, choose] = useState<string | null>(null);
  const language = chosen ?? (shown ? languageAtFirst(shown, address) : visitorsLanguage());
  const words = useWords(language);
  const load = useCallback(() => {
    setTrouble(null);
    const loaded = shownOf(address).then(async (found) => {
      await wordsOf(languageAtFirst(found, address));
      return found;
    });
    loaded.then(show, setTrouble);
  }, [address]);
  useEffect(load, [load]);
  useEffect(() => {
    if (shown) document.title = shown.name;
  }, [shown]);
  return (
    <div className="talk">
      <main>
        {trouble !== null ? (
          <Refused error={trouble} words={words} again={load} />
        ) : shown ? (
          <Agent address={address} shown={shown} language={language} onLanguage={choose} words={words} />
        ) : (
          <Waiting says={words.loading} />
        )}
      </main>
      <footer className="row apart small soft">
        <span>Vivavoce</span>
        <Looks words={words} />
      </footer>
      <Notes dismissal={words.dismiss} />
    </div>
  );
}

/** What the visitor's browser asks for, as far as this page speaks it. */
function visitorsLanguage(): string {
  return firstOf(navigator.languages, LANGUAGES) ?? "en";
}

function languagesOf({ widget_config: { language, supported_language_overrides } }: Shown): string[] {
  return [...new Set([language, ...(supported_language_overrides ?? [])])];
}

/** The address has the first word, then the visitor's browser, as far as the agent speaks what they ask for. */
function languageAtFirst(shown: Shown, { language }: TalkAddress): string {
  const wanted = language ? [language, ...navigator.languages] : navigator.languages;
  return firstOf(wanted, languagesOf(shown)) ?? shown.widget_config.language;
}

/** The page's words; those of before until others have come. */
function useWords(language: string): Words {
  const [, arrive] = useState(0);
  const last = useRef({ language: "en", words: ENGLISH as Words });
  const here = wordsAtHand(language);
  if (here) last.current = { language, words: here };
  useEffect(() => {
    let isWanted = true;
    void wordsOf(language).then(() => isWanted && arrive((count) => count + 1));
    return () => {
      isWanted = false;
    };
  }, [language]);
  const { language: spoken, words } = last.current;
  useEffect(() => {
    document.documentElement.lang = nearest(spoken);
    document.documentElement.dir = directionOf(spoken);
  }, [spoken]);
  return words;
}

function Refused({ error, words, again }: { error: unknown; words: Words; again: () => void }) {
  const { title, text, mayHelpToTryAgain } = refusalOf(error, words);
  return (
    <div className="empty" role="alert">
      <Icon name="agents" />
      <h1>{title}</h1>
      <p>{text}</p>
      {mayHelpToTryAgain && (
        <button type="button" className="button" onClick={again}>
          {words.try_again}
        </button>
      )}
    </div>
  );
}

interface AgentProps {
  address: TalkAddress;
  shown: Shown;
  language: string;
  onLanguage: (code: string) => void;
  words: Words;
}

function Agent({ address, shown, language, onLanguage, words: fixed }: AgentProps) {
  const widget = shown.widget_config;
  const preset = widget.language_presets?.[language];
  const words = labelsOf(fixed, olderWords(widget), widget.text_contents, preset?.text_contents ?? undefined);
  const terms = widget.shareable_page_show_terms === false ? null : termsOf(shown.agent_id, widget, preset);
  const acceptance = useAcceptance(terms);
  const call = useCall({
    address,
    language: language === widget.language ? undefined : language,
    spoken: language,
    words,
    mayChat: shown.may_chat,
  });
  return (
    <>
      <Face name={shown.name} widget={widget} call={call} />
      {call.stage === "idle" && (
        <Welcome
          shown={shown}
          address={address}
          words={words}
          terms={acceptance.isAccepted ? null : terms}
          onAccept={acceptance.accept}
          language={language}
          languages={languagesOf(shown)}
          onLanguage={onLanguage}
          call={call}
        />
      )}
      {(call.stage === "starting" || call.stage === "running") && (
        <Call shown={shown} words={words} language={language} call={call} />
      )}
      {call.stage === "over" && <Over shown={shown} words={words} language={language} call={call} />}
    </>
  );
}

/** As the widget keeps it, which asks the same of its visitors. */
const ACCEPTED = "true";

/** Whether these terms were accepted, now or in this browser before. */
function useAcceptance(terms: Terms | null): { isAccepted: boolean; accept: () => void } {
  const [accepted, remember] = useState<string | null>(null);
  const key = terms?.key ?? "";
  const isAccepted = terms === null || accepted === key || kept(key) === ACCEPTED;
  const accept = () => {
    remember(key);
    keep(key, ACCEPTED);
  };
  return { isAccepted, accept };
}

const LOOKS: Record<Theme, { next: Theme; icon: IconName; name: keyof Words }> = {
  system: { next: "light", icon: "screen", name: "look_system" },
  light: { next: "dark", icon: "sun", name: "look_light" },
  dark: { next: "system", icon: "moon", name: "look_dark" },
};

function Looks({ words }: { words: Words }) {
  const { next, icon, name } = LOOKS[useStore(theme)];
  const says = filled(words.look, { look: words[name] });
  return (
    <button
      type="button"
      className="button plain square"
      onClick={() => chooseTheme(next)}
      aria-label={says}
      title={says}
    >
      <Icon name={icon} />
    </button>
  );
}
