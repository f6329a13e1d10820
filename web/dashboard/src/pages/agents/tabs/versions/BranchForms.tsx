// A new branch, and another name or description for one.

import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../../../api/call";
import { AreaField, CheckField, TextField } from "../../../../parts/Field";
import { DialogForm } from "../../../../parts/Form";
import { note } from "../../../../shell/notes";
import type { Editing } from "../../useDocument";
import { type Branch, refresh, useChange } from "./branch";

export function NewBranch({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, describe] = useState("");
  const [takes, take] = useState(editing.isChanged);
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const creation = useMutation({
    mutationFn: async () => {
      if (takes) await editing.flush();
      return call("POST /v1/convai/agents/{agent_id}/branches", {
        path: { agent_id: editing.agentId },
        body: {
          parent_version_id: editing.base.version_id ?? "",
          name: name.trim(),
          description: description.trim(),
          include_draft: takes && editing.isChanged,
        },
      });
    },
    onSuccess: async ({ created_branch_id }) => {
      note(`You edit the branch ${name.trim()} now.`);
      refresh(editing.agentId);
      onClose();
      await navigate({ search: (before) => ({ ...before, branch: created_branch_id }) as typeof before });
    },
  });
  return (
    <DialogForm
      title="New branch"
      action="Make it"
      work={creation}
      isReady={name.trim() !== ""}
      onSubmit={() => creation.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        placeholder="shorter-greeting"
        required
        value={name}
        onChange={setName}
        meaning="It begins with what is published on the branch that you edit now."
      />
      <Description value={description} onChange={describe} />
      {editing.isChanged && (
        <CheckField
          label="Begin with my draft"
          meaning="The draft also stays where it is, until you discard it there."
          value={takes}
          onChange={take}
        />
      )}
    </DialogForm>
  );
}

export function Describe({ one, agentId, onClose }: { one: Branch; agentId: string; onClose: () => void }) {
  const [name, setName] = useState(one.name);
  const [description, describe] = useState(one.description);
  const change = useChange(agentId, one);
  return (
    <DialogForm
      title={`The branch ${one.name}`}
      action="Save"
      work={change}
      isReady={name.trim() !== ""}
      onSubmit={() =>
        change.mutate({ name: name.trim(), description: description.trim() }, { onSuccess: onClose })
      }
      onClose={onClose}
    >
      <TextField label="Name" required value={name} onChange={setName} />
      <Description value={description} onChange={describe} />
    </DialogForm>
  );
}

function Description({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <AreaField
      label="What it tries"
      rows={2}
      value={value}
      onChange={onChange}
      meaning="So that somebody else knows in a month. It may stay empty."
    />
  );
}
