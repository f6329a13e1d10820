// One agent, and somebody who talks to it: first what they should know, then the call, then what they thought of it.

import { useCallback, useEffect, useState } from "react";
import { Icon, type IconName } from "../parts/Icon";
import { Waiting } from "../parts/states";
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

export function TalkPage({ address }: { address: TalkAddress }) {
  const [shown, show] = useState<Shown | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const load = useCallback(() => {
    setTrouble(null);
    shownOf(address).then(show, setTrouble);
  }, [address]);
  useEffect(load, [load]);
  useEffect(() => {
    if (shown) document.title = shown.name;
  }, [shown]);
  return (
    <div className="talk">
      <main>
        {trouble !== null ? (
          <Refused error={trouble} again={load} />
        ) : shown ? (
          <Agent address={address} shown={shown} />
        ) : (
          <Waiting what="the agent" />
        )}
      </main>
      <footer className="row apart small soft">
        <span>Vivavoce</span>
        <Looks />
      </footer>
    </div>
  );
}

function Refused({ error, again }: { error: unknown; again: () => void }) {
  const { title, text, mayHelpToTryAgain } = refusalOf(error);
  return (
    <div className="empty" role="alert">
      <Icon name="agents" />
      <h1>{title}</h1>
      <p>{text}</p>
      {mayHelpToTryAgain && (
        <button type="button" className="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

function Agent({ address, shown }: { address: TalkAddress; shown: Shown }) {
  const widget = shown.widget_config;
  const languages = [...new Set([widget.language, ...(widget.supported_language_overrides ?? [])])];
  const [language, choose] = useState(
    languages.includes(address.language ?? "") ? (address.language as string) : widget.language,
  );
  const preset = widget.language_presets?.[language];
  const labels = labelsOf(olderWords(widget), widget.text_contents, preset?.text_contents ?? undefined);
  const terms = widget.shareable_page_show_terms === false ? null : termsOf(shown.agent_id, widget, preset);
  const acceptance = useAcceptance(terms);
  const call = useCall({
    address,
    language: language === widget.language ? undefined : language,
    mayChat: shown.may_chat,
  });
  return (
    <>
      <Face name={shown.name} widget={widget} call={call} />
      {call.stage === "idle" && (
        <Welcome
          shown={shown}
          address={address}
          labels={labels}
          terms={acceptance.isAccepted ? null : terms}
          onAccept={acceptance.accept}
          language={language}
          languages={[...new Set(languages)]}
          onLanguage={choose}
          call={call}
        />
      )}
      {(call.stage === "starting" || call.stage === "running") && (
        <Call shown={shown} labels={labels} language={language} call={call} />
      )}
      {call.stage === "over" && <Over shown={shown} labels={labels} language={language} call={call} />}
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

const LOOKS: Record<Theme, { next: Theme; icon: IconName; name: string }> = {
  system: { next: "light", icon: "screen", name: "as the system has it" },
  light: { next: "dark", icon: "sun", name: "light" },
  dark: { next: "system", icon: "moon", name: "dark" },
};

function Looks() {
  const { next, icon, name } = LOOKS[useStore(theme)];
  return (
    <button
      type="button"
      className="button plain square"
      onClick={() => chooseTheme(next)}
      aria-label={`Look: ${name}. Change it`}
      title={`Look: ${name}`}
    >
      <Icon name={icon} />
    </button>
  );
}
