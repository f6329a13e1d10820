// The branches of an agent: which one is edited, how far each is from the main one, and what can be done with them.

import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../../../api/call";
import { Confirm } from "../../../../parts/Dialog";
import { Icon } from "../../../../parts/Icon";
import { Menu } from "../../../../parts/Menu";
import { Tag } from "../../../../parts/states";
import { note, noteFailure } from "../../../../shell/notes";
import { ago } from "../../../../words/times";
import type { Editing } from "../../useDocument";
import { Describe, NewBranch } from "./BranchForms";
import { type Branch, refresh, useChange } from "./branch";
import { Merge, Rebase } from "./Merge";

type Doing = "describe" | "merge" | "rebase" | "remove" | null;

export function Branches({ rows, editing }: { rows: Branch[]; editing: Editing }) {
  const [making, make] = useState(false);
  const [archived, showArchived] = useState(false);
  const put = rows.filter((each) => each.is_archived);
  const shown = archived ? rows : rows.filter((each) => !each.is_archived);
  return (
    <section className="card stack">
      <div className="row apart">
        <h2>Branches</h2>
        <button type="button" className="button slim" onClick={() => make(true)}>
          <Icon name="branch" />
          New branch…
        </button>
      </div>
      <p className="soft small">
        A branch is a line of versions of its own: change it, let some of the calls try it, and merge what
        proved good.
      </p>
      <ul className="branches">
        {shown.map((each) => (
          <Line key={each.id} one={each} rows={rows} editing={editing} />
        ))}
      </ul>
      {put.length > 0 && (
        <div>
          <button
            type="button"
            className="button plain slim"
            aria-pressed={archived}
            onClick={() => showArchived(!archived)}
          >
            {archived ? "Hide those put away" : `Show ${put.length} put away`}
          </button>
        </div>
      )}
      {making && <NewBranch editing={editing} onClose={() => make(false)} />}
    </section>
  );
}

function Line({ one, rows, editing }: { one: Branch; rows: Branch[]; editing: Editing }) {
  const [doing, does] = useState<Doing>(null);
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const isMain = one.id === editing.base.main_branch_id;
  const isEdited = one.id === editing.branchId;
  const change = useChange(editing.agentId, one);
  const removal = useMutation({
    mutationFn: () =>
      call("DELETE /v1/convai/agents/{agent_id}/branches/{branch_id}", {
        path: { agent_id: editing.agentId, branch_id: one.id },
      }),
    onSuccess: () => {
      note(`The branch ${one.name} is removed. Its versions stay.`);
      refresh(editing.agentId);
    },
    onError: noteFailure,
    onSettled: () => does(null),
  });
  const editHere = () =>
    void navigate({
      search: (before) => ({ ...before, branch: isMain ? undefined : one.id }) as typeof before,
    });
  const archive = () =>
    change.mutate(
      { is_archived: true },
      {
        onSuccess: () =>
          note(`The branch ${one.name} is put away.`, "good", () => change.mutate({ is_archived: false })),
      },
    );
  return (
    <li className="branch" data-edited={isEdited ? "" : undefined}>
      <div className="stack tight">
        <div className="row" style={{ gap: "0.45rem" }}>
          <Icon name="branch" />
          <strong className="anywhere" dir="auto">
            {one.name}
          </strong>
          {isEdited && <Tag kind="good">you edit this one</Tag>}
          {(one.current_live_percentage ?? 0) > 0 && (
            <Tag kind="info">{Math.round(one.current_live_percentage ?? 0)} % of the calls</Tag>
          )}
          {one.draft_exists && !isEdited && <Tag>has a draft of yours</Tag>}
          {one.is_archived && <Tag kind="warn">put away</Tag>}
        </div>
        {one.description && (
          <p className="small soft anywhere" dir="auto">
            {one.description}
          </p>
        )}
        <p className="small soft">{standing(one, isMain)}</p>
      </div>
      <div className="row" style={{ flexWrap: "nowrap" }}>
        {!isEdited && !one.is_archived && (
          <button type="button" className="button slim" onClick={editHere}>
            Edit this one
          </button>
        )}
        <Menu label={`More about the branch ${one.name}`}>
          <button type="button" onClick={() => does("describe")}>
            Rename or describe…
          </button>
          {!one.is_archived && rows.length > 1 && (
            <button type="button" onClick={() => does("merge")}>
              Merge into another…
            </button>
          )}
          {!isMain && !one.is_archived && (
            <button type="button" onClick={() => does("rebase")}>
              Bring main's changes here…
            </button>
          )}
          {!isMain && !one.is_archived && (
            <button type="button" disabled={isEdited} onClick={archive}>
              <Icon name="archive" />
              {isEdited ? "Put away: edit another first" : "Put away"}
            </button>
          )}
          {one.is_archived && (
            <>
              <button type="button" onClick={() => change.mutate({ is_archived: false })}>
                <Icon name="archive" />
                Bring back
              </button>
              <button type="button" className="danger" onClick={() => does("remove")}>
                <Icon name="bin" />
                Delete…
              </button>
            </>
          )}
        </Menu>
      </div>
      {doing === "describe" && <Describe one={one} agentId={editing.agentId} onClose={() => does(null)} />}
      {doing === "merge" && <Merge source={one} rows={rows} editing={editing} onClose={() => does(null)} />}
      {doing === "rebase" && <Rebase branch={one} editing={editing} onClose={() => does(null)} />}
      {doing === "remove" && (
        <Confirm
          title={`Delete the branch ${one.name}?`}
          action="Delete it"
          busy={removal.isPending}
          onYes={() => removal.mutate()}
          onNo={() => does(null)}
        >
          Its name and drafts go for good. Its versions stay, and conversations that ran them still name them.
        </Confirm>
      )}
    </li>
  );
}

function standing(one: Branch, isMain: boolean): string {
  const changed = `changed ${ago(one.last_committed_at)}`;
  if (isMain) return `The main branch, ${changed}`;
  const parts = [
    one.commits_ahead ? `${one.commits_ahead} ahead of main` : "",
    one.commits_behind ? `${one.commits_behind} behind` : "",
  ].filter(Boolean);
  return `${parts.join(", ") || "As main"}, ${changed}`;
}
