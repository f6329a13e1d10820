// The address of an agent's talk page, and what still keeps visitors from talking there.

import type { ReactNode } from "react";
import { Copy } from "../../parts/Copy";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { at } from "../../words/patch";
import { hindrances, type Place, randomToken, talkAddress } from "../../words/talkLink";
import type { Editing } from "./useDocument";

const TOKEN = ["platform_settings", "auth", "shareable_token"] as const;

export function TalkLink({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const isMain = editing.branchId === editing.base.main_branch_id;
  const place: Place = {
    origin: window.location.origin,
    agentId: editing.agentId,
    branchId: isMain ? null : editing.branchId,
  };
  const address = talkAddress(place, editing.doc);
  const found = hindrances(place, editing.doc);
  const isOut = at(editing.before, TOKEN) === at(editing.doc, TOKEN);
  return (
    <Dialog title="Talk page" onClose={onClose}>
      <div className="stack">
        <p className="soft">
          Whoever has this address can talk to the agent, without a login. It runs what is published.
        </p>
        {address && (
          <p className="code row apart" style={{ flexWrap: "nowrap" }}>
            <span className="anywhere">{address}</span>
            <Copy text={address} what="the address of the talk page" />
          </p>
        )}
        {found.map((each) => (
          <Hindrance key={each}>{REMEDY[each]}</Hindrance>
        ))}
        {found.includes("closed") && (
          <p>
            <button type="button" className="button" onClick={() => editing.edit(TOKEN, randomToken())}>
              <Icon name="key" />
              Make a key for the link
            </button>
          </p>
        )}
        {!isOut && <Hindrance>The key of this link is in your draft. Publish, and the link works.</Hindrance>}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          {address && (
            <a className="button" href={address} target="_blank" rel="noopener">
              Open it
              <Icon name="right" />
            </a>
          )}
          <button type="button" className="button main" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}

const REMEDY = {
  closed:
    "This agent lets in only who has a key or a signed address. With a key in it, the link works for whoever has it, until you change the key.",
  elsewhere:
    "The agent's list of pages does not name this server, so it is refused here. Add its host under Security and limits.",
  archived: "The agent is put away: visitors are told that it takes no calls.",
} as const;

function Hindrance({ children }: { children: ReactNode }) {
  return <p className="notice warn">{children}</p>;
}
