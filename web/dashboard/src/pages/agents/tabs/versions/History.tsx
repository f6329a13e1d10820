// Every version there was: who published it and why; any two can be compared, and each can be taken back.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { versions } from "../../../../api/queries";
import { ChoiceField } from "../../../../parts/Field";
import { Tag, Waiting } from "../../../../parts/states";
import { Table } from "../../../../parts/Table";
import { Trouble } from "../../../../parts/Trouble";
import { moment } from "../../../../words/times";
import type { Editing } from "../../useDocument";
import type { Branch } from "./branch";
import { Compare } from "./Compare";
import type { NameOf, Version } from "./version";

const EVERY = "";

export function History({ branches, editing }: { branches: Branch[]; editing: Editing }) {
  const [branch, choose] = useState(editing.branchId);
  const list = useInfiniteQuery(versions(editing.agentId, branch || undefined));
  const [looking, look] = useState<Version | null>(null);
  const rows = list.data?.pages.flatMap((page) => page.versions) ?? [];
  const names = new Map(branches.map(({ id, name }) => [id, name]));
  const nameOf: NameOf = (one) =>
    `${names.get(one.branch_id) ?? "a branch that is gone"} ${one.seq_no_in_branch}`;
  return (
    <section className="stack">
      <div className="row apart">
        <h2>Versions</h2>
        {branches.length > 1 && (
          <ChoiceField
            label="Of which branch"
            choices={[
              { value: EVERY, label: "All of them" },
              ...branches.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            value={branch}
            onChange={choose}
          />
        )}
      </div>
      {editing.isChanged && (
        <p className="notice">Your draft is not among them yet: it becomes a version when you publish it.</p>
      )}
      {list.error && !list.data ? (
        <Trouble error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <Waiting what="the versions" />
      ) : (
        <Rows rows={rows} tips={tipsOf(rows)} isMixed={branch === EVERY} nameOf={nameOf} onLook={look} />
      )}
      {list.hasNextPage && (
        <div>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? "Loading…" : "Show older ones"}
          </button>
        </div>
      )}
      {looking && (
        <Compare one={looking} rows={rows} nameOf={nameOf} editing={editing} onClose={() => look(null)} />
      )}
    </section>
  );
}

/** The newest version of each branch, as the list has the newest first. */
function tipsOf(rows: Version[]): Set<string> {
  const tips = new Map<string, string>();
  for (const each of rows) if (!tips.has(each.branch_id)) tips.set(each.branch_id, each.id);
  return new Set(tips.values());
}

interface RowsProps {
  rows: Version[];
  tips: Set<string>;
  isMixed: boolean;
  nameOf: NameOf;
  onLook: (one: Version) => void;
}

function Rows({ rows, tips, isMixed, nameOf, onLook }: RowsProps) {
  return (
    <Table
      rows={rows}
      keyOf={(each) => each.id}
      columns={[
        {
          name: "Version",
          look: "nowrap numbers",
          cell: (each) => (
            <>
              <span dir="auto">{isMixed ? nameOf(each) : each.seq_no_in_branch}</span>{" "}
              {tips.has(each.id) && <Tag kind="good">newest</Tag>}
            </>
          ),
        },
        {
          name: "What changed",
          look: "anywhere",
          cell: (each) => <span dir="auto">{each.version_description || "—"}</span>,
        },
        { name: "By", look: "small", cell: authorOf },
        { name: "When", look: "small soft nowrap", cell: (each) => moment(each.time_committed_secs) },
      ]}
      acts={[{ name: "Compare", of: (each) => `version ${nameOf(each)}`, run: onLook }]}
    />
  );
}

function authorOf({ access_info: by }: Version): string {
  return by?.creator_name || by?.creator_email || "";
}
