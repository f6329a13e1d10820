// Who belongs to the workspace, and who is invited.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { session } from "../../api/queries";
import { Answer } from "../../parts/Answer";
import { ChoiceField, TextField } from "../../parts/Field";
import { CardForm } from "../../parts/Form";
import { Tag } from "../../parts/states";
import { Table } from "../../parts/Table";
import { day } from "../../words/times";
import { Once, useCreation } from "./useCreation";
import { useRemoval } from "./useRemoval";

type Member = Schemas["WorkspaceMemberResponseModel"];
type Seat = Member["seat_type"];

export const members = queryOptions({
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
      <Answer of={found} what="the members">
        {(rows) => <List rows={rows} />}
      </Answer>
      {open.data && open.data.invites.length > 0 && <Open rows={open.data.invites} />}
    </div>
  );
}

function Invite() {
  const [email, setEmail] = useState("");
  const [seat, setSeat] = useState<Seat>("workspace_member");
  const invitation = useCreation({
    queryKey: invites.queryKey,
    make: () => call("POST /v1/workspace/invites/add", { body: { email: email.trim(), seat_type: seat } }),
    empty: () => setEmail(""),
  });
  return (
    <CardForm
      title="Invite somebody"
      action="Invite"
      icon="plus"
      work={invitation}
      isReady={email.trim() !== ""}
      onSubmit={() => invitation.mutate()}
    >
      <div className="fields">
        <TextField label="Email" type="email" required value={email} onChange={setEmail} />
        <ChoiceField label="Role" choices={ROLES} value={seat} onChange={(value) => setSeat(value as Seat)} />
      </div>
      {invitation.data?.vivavoce_invite_links.map((link) => (
        <Once
          key={link.email}
          says={`Nothing here sends mail: pass this link on to ${link.email}. It lets in whoever opens it first.`}
          text={window.location.origin + link.path}
          what="the link"
        />
      ))}
    </CardForm>
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
    <>
      <Table
        rows={rows}
        keyOf={(each) => each.user_id}
        columns={[
          {
            name: "Name",
            cell: (each) => (
              <>
                <span dir="auto">{each.first_name || "—"}</span>{" "}
                {each.user_id === me && <Tag kind="info">you</Tag>}{" "}
                {each.is_locked && <Tag kind="bad">locked</Tag>}
              </>
            ),
          },
          { name: "Email", look: "anywhere", cell: (each) => each.email },
          { name: "Role", cell: (each) => ROLE_NAMES[each.seat_type] + (each.is_owner ? ", owner" : "") },
        ]}
        acts={[
          {
            name: "Remove…",
            of: (each) => each.first_name || each.email,
            run: removal.ask,
            when: (each) => each.user_id !== me && !each.is_owner,
            isDangerous: true,
          },
        ]}
      />
      {removal.dialog}
    </>
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
