// Before the call: what to accept, in which language, whether the microphone works, and the two ways to begin.

import { type FormEvent, useEffect, useRef, useState } from "react";
import { ChoiceField, TextField } from "../parts/Field";
import { Icon } from "../parts/Icon";
import { nameOf } from "../words/languages";
import type { TalkAddress } from "./address";
import type { Labels } from "./labels";
import { MicrophoneCheck } from "./MicrophoneCheck";
import type { Shown } from "./server";
import { TermsToAccept } from "./TermsToAccept";
import type { Terms } from "./terms";
import type { VisitorsCall } from "./useCall";

interface Props {
  shown: Shown;
  address: TalkAddress;
  labels: Labels;
  terms: Terms | null;
  onAccept: () => void;
  language: string;
  languages: string[];
  onLanguage: (code: string) => void;
  call: VisitorsCall;
}

export function Welcome(props: Props) {
  const { shown, address, labels, terms, languages, call } = props;
  const text = shown.widget_config.shareable_page_text;
  return (
    <div className="stack loose">
      {text && (
        <p className="lead" dir="auto">
          {text}
        </p>
      )}
      {address.warning && (
        <p className="notice warn" role="alert">
          {address.warning}
        </p>
      )}
      {languages.length > 1 && (
        <ChoiceField
          label={labels.change_language}
          value={props.language}
          onChange={props.onLanguage}
          choices={languages.map((value) => ({ value, label: nameOf(value) }))}
        />
      )}
      {terms ? (
        <TermsToAccept terms={terms} labels={labels} onAccept={props.onAccept} />
      ) : (
        <Beginning shown={shown} address={address} labels={labels} call={call} />
      )}
    </div>
  );
}

function Beginning({ shown, address, labels, call }: Pick<Props, "shown" | "address" | "labels" | "call">) {
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
          wrong={isLeft && missing.includes(name) ? "The agent needs this before it can begin." : undefined}
          onChange={(value) => type((before) => ({ ...before, [name]: value }))}
        />
      ))}
      {call.trouble && (
        <div className="notice bad" role="alert">
          {call.trouble}
        </div>
      )}
      <div ref={begin} className="row begin">
        {shown.may_speak && (
          <button type="button" className="button main large" onClick={() => start(false)}>
            <Icon name="microphone" />
            {labels.start_call}
          </button>
        )}
        {shown.may_chat && (
          <button
            type="button"
            className={`button large${shown.may_speak ? "" : " main"}`}
            onClick={() => start(true)}
          >
            <Icon name="conversations" />
            {labels.start_chat}
          </button>
        )}
      </div>
      {shown.may_speak && (
        <MicrophoneCheck mayChat={shown.may_chat} microphone={microphone} onChoose={choose} />
      )}
    </form>
  );
}

/** `order_number` is "Order number". */
function asLabel(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
