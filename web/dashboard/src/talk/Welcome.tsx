// Before the call: what to accept, in which language, whether the microphone works, and the two ways to begin.

import { type FormEvent, useEffect, useRef, useState } from "react";
import { ChoiceField, TextField } from "../parts/Field";
import { Icon } from "../parts/Icon";
import { ownNameOf } from "../words/languages";
import type { TalkAddress } from "./address";
import { MicrophoneCheck } from "./MicrophoneCheck";
import type { Shown } from "./server";
import { TermsToAccept } from "./TermsToAccept";
import type { Terms } from "./terms";
import { Why } from "./trouble";
import type { VisitorsCall } from "./useCall";
import type { Words } from "./words";

interface Props {
  shown: Shown;
  address: TalkAddress;
  words: Words;
  terms: Terms | null;
  onAccept: () => void;
  language: string;
  languages: string[];
  onLanguage: (code: string) => void;
  call: VisitorsCall;
}

export function Welcome(props: Props) {
  const { shown, address, words, terms, languages, call } = props;
  const text = shown.widget_config.shareable_page_text;
  return (
    <div className="stack loose">
      {text && (
        <p className="lead" dir="auto">
          {text}
        </p>
      )}
      {address.isUnreadable && (
        <p className="notice warn" role="alert">
          {words.variables_unreadable}
        </p>
      )}
      {languages.length > 1 && (
        <ChoiceField
          label={words.change_language}
          value={props.language}
          onChange={props.onLanguage}
          choices={languages.map((value) => ({ value, label: ownNameOf(value) }))}
        />
      )}
      {terms ? (
        <TermsToAccept terms={terms} words={words} onAccept={props.onAccept} />
      ) : (
        <Beginning shown={shown} address={address} words={words} call={call} />
      )}
    </div>
  );
}

function Beginning({ shown, address, words, call }: Pick<Props, "shown" | "address" | "words" | "call">) {
  const wanted = (shown.variables ?? []).filter((name) => !(name in address.variables));
  const [typed, type] = useState<Record<string, string>>({});
  const [microphone, choose] = useState<string>();
  const [isLeft, leaveEmpty] = useState(false);
  const begin = useRef<HTMLDivElement>(null);
  const { isBack } = call;
  useEffect(() => {
    if (isBack) begin.current?.querySelector("button")?.focus();
  }, [isBack]);
  const missing = wanted.filter((name) => !typed[name]?.trim());
  const start = (isText: boolean) => {
    leaveEmpty(missing.length > 0);
    if (missing.length > 0) return;
    call.start({ isText, variables: { ...address.variables, ...typed }, microphone });
  };
  return (
    <form className="stack" onSubmit={(event: FormEvent) => event.preventDefault()}>
      {wanted.map((name) => (
        <TextField
          key={name}
          label={asLabel(name)}
          value={typed[name] ?? ""}
          wrong={isLeft && missing.includes(name) ? words.variable_needed : undefined}
          onChange={(value) => type((before) => ({ ...before, [name]: value }))}
        />
      ))}
      {call.trouble && (
        <div className="notice bad" role="alert">
          <Why trouble={call.trouble} />
        </div>
      )}
      <div ref={begin} className="row begin">
        {shown.may_speak && (
          <button type="button" className="button main large" onClick={() => start(false)}>
            <Icon name="microphone" />
            {words.start_call}
          </button>
        )}
        {shown.may_chat && (
          <button
            type="button"
            className={`button large${shown.may_speak ? "" : " main"}`}
            onClick={() => start(true)}
          >
            <Icon name="conversations" />
            {words.start_chat}
          </button>
        )}
      </div>
      {shown.may_speak && (
        <MicrophoneCheck words={words} mayChat={shown.may_chat} microphone={microphone} onChoose={choose} />
      )}
    </form>
  );
}

/** `order_number` is "Order number". */
function asLabel(name: string): string {
  const text = name.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
