// Bringing branches together: what would come of it is shown before anything is done.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Reply } from "../../../../api/call";
import { published } from "../../../../api/queries";
import { CheckField, ChoiceField } from "../../../../parts/Field";
import { DialogForm } from "../../../../parts/Form";
import { Waiting } from "../../../../parts/states";
import { Trouble } from "../../../../parts/Trouble";
import { note } from "../../../../shell/notes";
import { nameOfField } from "../../../../words/names";
import type { Json } from "../../../../words/patch";
import { Changes, Difference, Where } from "../../Changes";
import { documentIn } from "../../draft";
import type { Editing } from "../../useDocument";
import { type Branch, refresh } from "./branch";

type Preview = Reply<"GET /v1/convai/agents/{agent_id}/branches/{source_branch_id}/merge-preview">;

const mergePreview = (agent_id: string, source_branch_id: string, target_branch_id: string, force: boolean) =>
  queryOptions({
    queryKey: ["agent", agent_id, "merge", source_branch_id, target_branch_id, force],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}/branches/{source_branch_id}/merge-preview", {
        path: { agent_id, source_branch_id },
        query: { target_branch_id, force },
        signal,
      }),
    gcTime: 0,
  });

const rebasePreview = (agent_id: string, branch_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "rebase", branch_id],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}/branches/{branch_id}/rebase-preview", {
        path: { agent_id, branch_id },
        signal,
      }),
    gcTime: 0,
  });

export function Merge(props: { source: Branch; rows: Branch[]; editing: Editing; onClose: () => void }) {
  const { source, rows, editing, onClose } = props;
  const { agentId } = editing;
  const targets = rows.filter((each) => each.id !== source.id && !each.is_archived);
  const main = editing.base.main_branch_id ?? "";
  const [target, aim] = useState(targets.some(({ id }) => id === main) ? main : (targets[0]?.id ?? ""));
  const [force, enforce] = useState(false);
  const isEdited = source.id === editing.branchId;
  const [archives, archive] = useState(source.id !== main && !isEdited);
  const preview = useQuery({ ...mergePreview(agentId, source.id, target, force), enabled: target !== "" });
  const work = useMutation({
    mutationFn: () =>
      call("POST /v1/convai/agents/{agent_id}/branches/{source_branch_id}/merge", {
        path: { agent_id: agentId, source_branch_id: source.id },
        query: { target_branch_id: target },
        body: { force, archive_source_branch: archives },
      }),
    onSuccess: () => {
      note(`${source.name} is merged. New calls of that branch get it.`);
      refresh(agentId);
      onClose();
    },
  });
  return (
    <DialogForm
      title={`Merge ${source.name}`}
      wide
      action="Merge"
      doing="Merging…"
      work={work}
      isReady={preview.data !== undefined && !preview.data.source_identical_to_target}
      onSubmit={() => work.mutate()}
      onClose={onClose}
    >
      <div className="fields">
        <ChoiceField
          label="Into"
          choices={targets.map(({ id, name }) => ({ value: id, label: name }))}
          value={target}
          onChange={aim}
        />
        <div className="stack tight">
          <CheckField
            label={`Where both changed a field, ${source.name} wins`}
            meaning="Otherwise the later change wins."
            value={force}
            onChange={enforce}
          />
          {source.id !== main && (
            <CheckField
              label="Put it away afterwards"
              meaning="Its share of the calls goes to the branch that it is merged into."
              value={archives}
              onChange={archive}
            />
          )}
        </div>
      </div>
      <Outcome agentId={agentId} branchId={target} preview={preview} />
    </DialogForm>
  );
}

export function Rebase({
  branch,
  editing,
  onClose,
}: {
  branch: Branch;
  editing: Editing;
  onClose: () => void;
}) {
  const { agentId } = editing;
  const preview = useQuery(rebasePreview(agentId, branch.id));
  const work = useMutation({
    mutationFn: () =>
      call("POST /v1/convai/agents/{agent_id}/branches/{branch_id}/rebase", {
        path: { agent_id: agentId, branch_id: branch.id },
      }),
    onSuccess: () => {
      note(`${branch.name} has main's changes now, and its own on top.`);
      refresh(agentId);
      onClose();
    },
  });
  return (
    <DialogForm
      title={`Bring main's changes to ${branch.name}`}
      wide
      action="Bring them here"
      work={work}
      isReady={preview.data !== undefined && !preview.data.source_identical_to_target}
      onSubmit={() => work.mutate()}
      onClose={onClose}
    >
      <p className="soft small">Where both changed a field, the branch keeps its own.</p>
      <Outcome agentId={agentId} branchId={branch.id} preview={preview} />
    </DialogForm>
  );
}

interface Asked {
  data: Preview | undefined;
  error: unknown;
  refetch: () => unknown;
}

function Outcome({ agentId, branchId, preview }: { agentId: string; branchId: string; preview: Asked }) {
  const now = useQuery({ ...published(agentId, branchId), refetchInterval: false });
  if (preview.error) return <Trouble error={preview.error} again={() => void preview.refetch()} />;
  if (!preview.data || !now.data) return <Waiting what="what would come of it" />;
  if (preview.data.source_identical_to_target)
    return <p className="notice">There is nothing to bring over: it is all there already.</p>;
  const conflicts = preview.data.conflicts ?? [];
  return (
    <div className="stack">
      {conflicts.length > 0 && (
        <div className="notice warn">
          Both changed {conflicts.length === 1 ? "one field" : `${conflicts.length} fields`}:{" "}
          {conflicts.map(({ path }) => nameOfField(path) ?? path).join(", ")}.
        </div>
      )}
      <h3>What changes there</h3>
      <Changes before={documentIn(now.data.reply)} after={documentIn(preview.data)} />
      {conflicts.map((each) => (
        <details key={each.path}>
          <summary className="small">
            Both sides of <Where path={each.path} />
          </summary>
          <div className="columns">
            <Side title="There" before={each.base_value} after={each.target_value} path={each.path} />
            <Side title="From here" before={each.base_value} after={each.source_value} path={each.path} />
          </div>
        </details>
      ))}
    </div>
  );
}

function Side(props: { title: string; path: string; before: unknown; after: unknown }) {
  return (
    <div>
      <p className="small soft">{props.title}</p>
      <Difference path={props.path} before={props.before as Json} after={props.after as Json} />
    </div>
  );
}
