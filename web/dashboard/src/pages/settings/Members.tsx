// Who belongs to the workspace, and who is invited.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { client, session } from "../../api/queries";
import { Copy } from "../../parts/Copy";
import { ChoiceField, TextField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { day } from "../../words/times";
import { useRemoval } from "./useRemoval";

type Member = Schemas["WorkspaceMemberResponseModel"];
type Seat = Member["seat_type"];

const members = queryOptions({
  queryKey: ["members"],
  queryFn: ({ signal }) => call("GET /v1/workspace/members", { signal }),
});
const invites = queryOptions({
  queryKey: ["invites"],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/invites", { signal }),
});

const ROLES: { value: Seat; label: string }[] = [
  { value: "workspace_member", label: "Editor: changes agents" },
  { value: "workspace_admin", label: "Administrator: everything" },
  { value: "workspace_lite_member", label: "Viewer: looks, changes nothing" },
];
const ROLE_NAMES: Record<Seat, string> = {
  workspace_admin: "Administrator",
  workspace_member: "Editor",
  workspace_lite_member: "Viewer",
};

export function Members() {
  const found = useQuery(members);
  const open = useQuery(invites);
  return (
    <div className="stack loose">
      <Invite />
      {found.error ? (
        <Trouble error={found.error} again={() => void found.refetch()} />
      ) : found.data ? (
        <List rows={found.data} />
      ) : (
        <Waiting what="the members" />
      )}
      {open.data && open.data.invites.length > 0 && <Open rows={open.data.invites} />}
    </div>
  );
}

function Invite() {
  const [email, setEmail] = useState("");
  const [seat, setSeat] = useState<Seat>("workspace_member");
  const invitation = useMutation({
    mutationFn: () =>
      call("POST /v1/workspace/invites/add", { body: { email: email.trim(), seat_type: seat } }),
    onSuccess: () => {
      setEmail("");
      void client.invalidateQueries({ queryKey: invites.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invitation.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>Invite somebody</h2>
      <div className="fields">
        <TextField label="Email" type="email" required value={email} onChange={setEmail} />
        <ChoiceField label="Role" choices={ROLES} value={seat} onChange={(value) => setSeat(value as Seat)} />
      </div>
      {invitation.error && <Trouble error={invitation.error} />}
      {invitation.data?.vivavoce_invite_links.map((link) => (
        <div key={link.email} className="notice good" role="status">
          <div className="grow stack tight">
            <p>
              Nothing here sends mail: pass this link on to {link.email}. It lets in whoever opens it first.
            </p>
            <p className="row" style={{ gap: "0.2rem" }}>
              <code className="anywhere">{window.location.origin + link.path}</code>
              <Copy text={window.location.origin + link.path} what="the link" />
            </p>
          </div>
        </div>
      ))}
      <div>
        <button type="submit" className="button main" disabled={invitation.isPending || !email.trim()}>
          <Icon name="plus" />
          Invite
        </button>
      </div>
    </form>
  );
}

function List({ rows }: { rows: Member[] }) {
  const me = useQuery(session).data?.user.user_id;
  const removal = useRemoval<Member>({
    queryKey: members.queryKey,
    remove: ({ user_id }) => call("DELETE /v1/vivavoce/members/{user_id}", { path: { user_id } }),
    title: ({ email, first_name }) => `Remove ${first_name || email}?`,
    warning: "Their keys and sessions end at once. What they made stays.",
    done: "They are no longer a member.",
  });
  return (
    <div className="card scroll" style={{ padding: 0 }}>
      <table className="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Email</th>
            <th>Role</th>
            <th>
              <span className="hidden-text">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((each) => (
            <tr key={each.user_id}>
              <td dir="auto">
                {each.first_name || "—"} {each.user_id === me && <Tag kind="info">you</Tag>}{" "}
                {each.is_locked && <Tag kind="bad">locked</Tag>}
              </td>
              <td className="anywhere">{each.email}</td>
              <td>
                {ROLE_NAMES[each.seat_type]}
                {each.is_owner ? ", owner" : ""}
              </td>
              <td className="right">
                {each.user_id !== me && !each.is_owner && (
                  <button type="button" className="button slim danger" onClick={() => removal.ask(each)}>
                    Remove…
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removal.dialog}
    </div>
  );
}

function Open({ rows }: { rows: Schemas["OpenInvite"][] }) {
  const removal = useRemoval<Schemas["OpenInvite"]>({
    queryKey: invites.queryKey,
    remove: ({ email }) => call("DELETE /v1/workspace/invites", { body: { email } }),
    title: ({ email }) => `Take back the invite of ${email}?`,
    warning: "The link that they were given lets nobody in any more.",
    done: "The invite is taken back.",
  });
  return (
    <section className="stack">
      <h2>Invited</h2>
      <ul className="card stack tight">
        {rows.map((each) => (
          <li key={each.email} className="row apart">
            <span className="anywhere">
              {each.email} <span className="small soft">{ROLE_NAMES[each.seat_type]}</span>
            </span>
            <span className="row small soft">
              good until {day(each.expires_at_unix)}
              <button type="button" className="button slim danger" onClick={() => removal.ask(each)}>
                Take back…
              </button>
            </span>
          </li>
        ))}
      </ul>
      {removal.dialog}
    </section>
  );
}
