// What can be done with an agent as a whole: copied, exported, put away with a way back, deleted.

import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/call";
import { client } from "../../api/queries";
import { Confirm } from "../../parts/Dialog";
import { fileName, saveJson } from "../../parts/files";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { note, noteFailure } from "../../shell/notes";
import { exported } from "./exchange";

interface Props {
  one: { agent_id: string; name: string; archived?: boolean | undefined };
  /** Where the page goes that shows an agent which is not there any more. */
  onGone?: () => void;
}

export function AgentMenu({ one, onGone }: Props) {
  const navigate = useNavigate();
  const [removing, remove] = useState(false);
  const path = { agent_id: one.agent_id };
  const reread = () => {
    void client.invalidateQueries({ queryKey: ["agents"] });
    if (!onGone) return;
    void client.invalidateQueries({ queryKey: ["agent", one.agent_id] });
  };
  const duplicate = useMutation({
    mutationFn: () =>
      call("POST /v1/convai/agents/{agent_id}/duplicate", { path, body: { name: `${one.name} (copy)` } }),
    onSuccess: ({ agent_id }) => void navigate({ to: "/agents/$agentId", params: { agentId: agent_id } }),
    onError: noteFailure,
  });
  const archive = useMutation({
    mutationFn: (archived: boolean) =>
      call("PATCH /v1/convai/agents/{agent_id}", { path, body: { platform_settings: { archived } } }),
    onSuccess: (_, archived) => {
      if (archived) note(`${one.name} is put away.`, "good", () => archive.mutate(false));
      else note(`${one.name} is back.`);
      reread();
    },
    onError: noteFailure,
  });
  const removal = useMutation({
    mutationFn: () => call("DELETE /v1/convai/agents/{agent_id}", { path }),
    onSuccess: () => {
      note(`${one.name} is deleted.`);
      reread();
      onGone?.();
    },
    onError: noteFailure,
    onSettled: () => remove(false),
  });
  const download = () =>
    call("GET /v1/convai/agents/{agent_id}", { path }).then(
      (agent) => saveJson(`${fileName(agent.name)}.json`, exported(agent)),
      noteFailure,
    );
  return (
    <>
      <Menu label={`More about ${one.name}`}>
        <button type="button" onClick={() => duplicate.mutate()}>
          <Icon name="copy" />
          Duplicate
        </button>
        <button type="button" onClick={() => void download()}>
          <Icon name="down" />
          Export as JSON
        </button>
        <button type="button" onClick={() => archive.mutate(!one.archived)}>
          <Icon name="archive" />
          {one.archived ? "Bring back" : "Put away"}
        </button>
        <button type="button" className="danger" onClick={() => remove(true)}>
          <Icon name="bin" />
          Delete…
        </button>
      </Menu>
      {removing && (
        <Confirm
          title={`Delete ${one.name}?`}
          action="Delete it"
          busy={removal.isPending}
          onYes={() => removal.mutate()}
          onNo={() => remove(false)}
        >
          All its versions go with it, for good. Its conversations stay. Somebody who calls it hears that it
          does not exist.
        </Confirm>
      )}
    </>
  );
}
