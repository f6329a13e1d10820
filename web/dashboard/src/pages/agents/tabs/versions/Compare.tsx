// One version beside another, or beside the draft; and the way back to it.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { version } from "../../../../api/queries";
import { Dialog } from "../../../../parts/Dialog";
import { ChoiceField } from "../../../../parts/Field";
import { Waiting } from "../../../../parts/states";
import { Trouble } from "../../../../parts/Trouble";
import { moment } from "../../../../words/times";
import { Changes } from "../../Changes";
import { documentIn } from "../../draft";
import type { Editing } from "../../useDocument";
import type { NameOf, Version } from "./version";

const DRAFT = "draft";

interface Props {
  one: Version;
  rows: Version[];
  nameOf: NameOf;
  editing: Editing;
  onClose: () => void;
}

export function Compare({ one, rows, nameOf, editing, onClose }: Props) {
  const parent = one.parents.in_branch_parent_id ?? one.parents.out_of_branch_parent_id ?? null;
  const [against, compare] = useState(parent ?? DRAFT);
  const found = useQuery(version(editing.agentId, one.id));
  const other = useQuery({ ...version(editing.agentId, against), enabled: against !== DRAFT });
  const ground = against === DRAFT ? editing.doc : other.data && documentIn(other.data);
  const error = found.error ?? (against === DRAFT ? null : other.error);
  const restore = () => {
    if (!found.data) return;
    // The name and the tags belong to the agent, not to its versions.
    const { name, tags } = editing.doc;
    editing.exchange(
      { ...documentIn(found.data), name: name ?? null, tags: tags ?? null },
      `Version ${nameOf(one)} is your draft now. Publish it to go back to it.`,
    );
    onClose();
  };
  return (
    <Dialog title={`Version ${nameOf(one)}`} onClose={onClose} wide>
      <div className="stack">
        {one.version_description && <p dir="auto">{one.version_description}</p>}
        <ChoiceField
          label="Compared with"
          choices={choicesOf(one, rows, parent, nameOf)}
          value={against}
          onChange={compare}
          meaning="Red is there, green is in this version."
        />
        {error ? (
          <Trouble error={error} />
        ) : found.data && ground ? (
          <Changes before={ground} after={documentIn(found.data)} />
        ) : (
          <Waiting what="the version" />
        )}
        <div className="row ends">
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
          <button type="button" className="button main" disabled={!found.data} onClick={restore}>
            Take it into the draft
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function choicesOf(one: Version, rows: Version[], parent: string | null, nameOf: NameOf) {
  const listed = rows.filter((each) => each.id !== one.id && each.id !== parent);
  const before = rows.find((each) => each.id === parent);
  return [
    { value: DRAFT, label: "The present draft" },
    ...(parent
      ? [
          {
            value: parent,
            label: `The one before it${before ? ` (${nameOf(before)})` : ""}: what it changed`,
          },
        ]
      : []),
    ...listed.map((each) => ({
      value: each.id,
      label: `${nameOf(each)}, ${moment(each.time_committed_secs)}${each.version_description ? `: ${each.version_description.slice(0, 60)}` : ""}`,
    })),
  ];
}
