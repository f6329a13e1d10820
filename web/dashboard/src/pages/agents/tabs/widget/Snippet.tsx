// The lines that put the agent on a page, and who may show it.

import { Link } from "@tanstack/react-router";
import { Copy } from "../../../../parts/Copy";
import { at, isObject } from "../../../../words/patch";
import { signedUrlRequest, snippet } from "../../../../words/widget";
import { type Editing, flagAt } from "../../useDocument";
import { AUTH } from "./paths";

export function Snippet({ editing: { agentId, before } }: { editing: Editing }) {
  // What is published counts here: pages do not see the draft.
  const needsProof = flagAt(before, [...AUTH, "enable_auth"]);
  const place = { origin: window.location.origin, agentId, needsProof };
  const list = at(before, [...AUTH, "allowlist"]);
  const hosts = Array.isArray(list)
    ? list.flatMap((each) => (isObject(each) ? [String(each.hostname)] : []))
    : [];
  const text = snippet(place);
  return (
    <section className="card stack">
      <div className="row apart">
        <h2>Put it on a page</h2>
        <Copy text={text} what="the lines for a page" />
      </div>
      <pre className="code">{text}</pre>
      {needsProof && (
        <p className="small">
          This agent lets in nobody without a proof: your server gets one for each visit, with its API key,
          and writes it into the page as <code>signed-url</code>. <code>{signedUrlRequest(place)}</code>
        </p>
      )}
      <p className="small soft">
        {hosts.length > 0 ? `Shown on pages of ${hosts.join(", ")} only. ` : "Any page may show it. "}
        <Link from="/agents/$agentId" search={(now) => ({ ...now, tab: "security" }) as typeof now}>
          Who may call
        </Link>
      </p>
    </section>
  );
}
