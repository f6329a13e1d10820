// One conversation: what was said and how long each answer took, why the engine decided as it did, and everything else
// that is known of it.

import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/call";
import { beginning, client, conversation } from "../../api/queries";
import { Confirm } from "../../parts/Dialog";
import { saveJson } from "../../parts/files";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { Missing, Tag, Waiting } from "../../parts/states";
import { isMissing, Trouble } from "../../parts/Trouble";
import type { View } from "../../router";
import { note, noteFailure } from "../../shell/notes";
import { statusInWords } from "../../words/endings";
import { duration, moment } from "../../words/times";
import { useTitle } from "../../words/title";
import { Details } from "./Details";
import { Keep } from "./Keep";
import type { Read } from "./read";
import { Timeline } from "./Timeline";
import { Transcript } from "./Transcript";

const route = getRouteApi("/conversations/$conversationId");
const VIEWS: [View, string][] = [
  ["transcript", "Transcript"],
  ["timeline", "Why it did that"],
  ["details", "Details"],
];

export function Conversation() {
  const { conversationId } = route.useParams();
  const { view = "transcript" } = route.useSearch();
  const found = useQuery(conversation(conversationId));
  const begun = useQuery(beginning(conversationId));
  const one = found.data ?? begun.data;
  useTitle(one?.agent_name ? `Conversation with ${one.agent_name}` : "Conversation");
  if (isMissing(found.error) && !found.data) {
    return (
      <Missing title="There is no such conversation">
        <p>It may have been deleted, or it belongs to another workspace.</p>
        <Link to="/conversations" className="button main">
          To the conversations
        </Link>
      </Missing>
    );
  }
  if (found.error && !found.data) {
    return (
      <div className="page">
        <Trouble error={found.error} again={() => void found.refetch()} />
      </div>
    );
  }
  if (!one) {
    return (
      <div className="page">
        <Waiting what="the conversation" lines={8} />
      </div>
    );
  }
  return (
    <div className="page">
      <Head one={one} isWhole={found.data !== undefined} />
      <nav className="tabs" aria-label="Views of the conversation">
        {VIEWS.map(([name, label]) => (
          <Link
            key={name}
            to="/conversations/$conversationId"
            params={{ conversationId }}
            search={name === "transcript" ? {} : { view: name }}
            aria-current={name === view ? "page" : undefined}
            activeOptions={{ exact: true, includeSearch: true }}
            replace
          >
            {label}
          </Link>
        ))}
      </nav>
      <div style={{ paddingTop: "1.25rem" }}>
        {view === "transcript" && <Transcript one={one} isWhole={found.data !== undefined} />}
        {view === "timeline" && <Timeline id={conversationId} status={one.status} />}
        {view === "details" && <Details one={one} />}
      </div>
    </div>
  );
}

interface Props {
  one: Read;
  /** Whether all turns are there, and not only the first ones of many. */
  isWhole: boolean;
}

function Head({ one, isWhole }: Props) {
  const status = statusInWords(one.status);
  const [removing, remove] = useState(false);
  const [keeping, keep] = useState(false);
  const isOver = one.status === "done" || one.status === "failed";
  return (
    <header className="page-head">
      <div>
        <p className="small">
          <Link to="/conversations">Conversations</Link>
        </p>
        <h1 dir="auto">{one.agent_name || "An agent that was deleted"}</h1>
        <div className="row small soft" style={{ marginTop: "0.35rem" }}>
          <Tag kind={status.kind} live={status.live ?? false}>
            {status.text}
          </Tag>
          <span>{moment(one.metadata.start_time_unix_secs)}</span>
          <span className="numbers">{duration(one.metadata.call_duration_secs)}</span>
          <span>{one.metadata.text_only ? "Chat" : "Voice"}</span>
        </div>
      </div>
      <div className="row">
        {isOver && (
          <button type="button" className="button" disabled={!isWhole} onClick={() => keep(true)}>
            <Icon name="archive" />
            Keep as a test
          </button>
        )}
        <button
          type="button"
          className="button"
          disabled={!isWhole}
          onClick={() => saveJson(`${one.conversation_id}.json`, one)}
        >
          <Icon name="down" />
          Download
        </button>
        <Menu label="More about this conversation">
          <button type="button" className="danger" onClick={() => remove(true)}>
            <Icon name="bin" />
            Delete…
          </button>
        </Menu>
      </div>
      {keeping && <Keep one={one} onClose={() => keep(false)} />}
      {removing && <Remove id={one.conversation_id ?? ""} onClose={() => remove(false)} />}
    </header>
  );
}

function Remove({ id, onClose }: { id: string; onClose: () => void }) {
  const navigate = useNavigate();
  const removal = useMutation({
    mutationFn: () =>
      call("DELETE /v1/convai/conversations/{conversation_id}", { path: { conversation_id: id } }),
    onSuccess: async () => {
      note("The conversation is deleted.");
      await navigate({ to: "/conversations" });
      void client.invalidateQueries({ queryKey: ["conversations"] });
    },
    onError: (error) => {
      noteFailure(error);
      onClose();
    },
  });
  return (
    <Confirm
      title="Delete this conversation?"
      action="Delete it"
      busy={removal.isPending}
      onYes={() => removal.mutate()}
      onNo={onClose}
    >
      Its transcript and its journal are removed for good. Nobody can bring them back.
    </Confirm>
  );
}
