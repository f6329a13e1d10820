// The widget as the draft has it, in a frame with a page of nobody's: it looks and behaves as it would there.
//
// The server says what a page would get of this draft; the frame gets it by message. A conversation in it is a trial, so
// it talks to the draft as well, and nothing has to be published.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type Body, call } from "../../../../api/call";
import { Trouble } from "../../../../parts/Trouble";
import { at, type Doc } from "../../../../words/patch";
import { type Editing, trialUrl } from "../../useDocument";

const OPERATION = "POST /v1/vivavoce/agents/{agent_id}/widget-preview";
const PAUSE_MILLISECONDS = 250;
const TRIAL_MILLISECONDS = 10 * 60_000;

/** What of the document the widget's settings are made from. */
function relevantOf(doc: Doc): Body<typeof OPERATION> {
  const of = (...path: string[]) => at(doc, path) ?? null;
  const relevant = {
    conversation_config: {
      agent: {
        language: of("conversation_config", "agent", "language"),
        first_message: of("conversation_config", "agent", "first_message"),
      },
      conversation: of("conversation_config", "conversation"),
      language_presets: of("conversation_config", "language_presets"),
    },
    platform_settings: {
      widget: of("platform_settings", "widget"),
      overrides: of("platform_settings", "overrides"),
    },
  };
  return relevant as unknown as Body<typeof OPERATION>;
}

export function Preview({ editing }: { editing: Editing }) {
  const { agentId, branchId, doc } = editing;
  const text = useLater(JSON.stringify(relevantOf(doc)));
  const shown = useQuery({
    queryKey: ["widget-preview", agentId, text],
    queryFn: ({ signal }) => call(OPERATION, { path: { agent_id: agentId }, body: JSON.parse(text), signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const trial = useQuery({
    queryKey: ["widget-trial", agentId, branchId],
    queryFn: () => trialUrl(editing),
    refetchInterval: TRIAL_MILLISECONDS,
    gcTime: 0,
  });
  const [page, setPage] = useState<"light" | "dark">("light");
  const [isPhone, setPhone] = useState(false);
  const { frame, births } = useFrame();
  const config = shown.data?.widget_config;
  const signedUrl = trial.data;
  useEffect(() => {
    if (births === 0 || !config) return;
    const message = { type: "vivavoce-preview:show", agentId, config, page, signedUrl: signedUrl ?? null };
    frame.current?.contentWindow?.postMessage(message, window.location.origin);
  }, [births, config, page, signedUrl, agentId, frame]);
  return (
    <aside className="preview" aria-label="Preview">
      <div className="row apart">
        <h2>Preview of the draft</h2>
        <div className="row">
          <button
            type="button"
            className="button slim"
            aria-pressed={isPhone}
            onClick={() => setPhone(!isPhone)}
          >
            Phone
          </button>
          <button
            type="button"
            className="button slim"
            aria-pressed={page === "dark"}
            onClick={() => setPage(page === "dark" ? "light" : "dark")}
          >
            Dark page
          </button>
        </div>
      </div>
      {shown.error && <Trouble error={shown.error} again={() => void shown.refetch()} />}
      <iframe
        ref={frame}
        className={isPhone ? "phone" : undefined}
        title="The widget on a page"
        src="/widget/preview"
        allow="microphone; autoplay; clipboard-write"
      />
      <p className="small soft">It talks to your draft. Pages get what is published.</p>
    </aside>
  );
}

/** The frame, and how often its page said that it listens. */
function useFrame() {
  const frame = useRef<HTMLIFrameElement>(null);
  const [births, setBirths] = useState(0);
  useEffect(() => {
    const listen = (event: MessageEvent) => {
      const isOurs = event.origin === window.location.origin && event.source === frame.current?.contentWindow;
      if (isOurs && event.data?.type === "vivavoce-preview:ready") setBirths((before) => before + 1);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);
  return { frame, births };
}

/** A value once it has stayed the same for a moment. */
function useLater(value: string): string {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setLater(value), PAUSE_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return later;
}
