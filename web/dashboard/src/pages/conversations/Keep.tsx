// Keeping a conversation as a test: a copy that every later version of the server has to decide alike.

import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/call";
import { client } from "../../api/queries";
import { CheckField, TextField } from "../../parts/Field";
import { DialogForm } from "../../parts/Form";
import { fileName } from "../../parts/files";
import { note } from "../../shell/notes";
import type { Read } from "./read";

const LONGEST_NAME = 100;

export function Keep({ one, onClose }: { one: Read; onClose: () => void }) {
  const [name, setName] = useState(() => nameFor(one));
  const [keepsWords, keepWords] = useState(false);
  const navigate = useNavigate();
  const keeping = useMutation({
    mutationFn: () =>
      call("POST /v1/vivavoce/kept-calls", {
        body: { conversation_id: one.conversation_id ?? "", name: name.trim(), keeps_words: keepsWords },
      }),
    onSuccess: async () => {
      void client.invalidateQueries({ queryKey: ["kept-calls"] });
      note("The call is kept as a test.");
      onClose();
      await navigate({ to: "/conversations/kept" });
    },
  });
  return (
    <DialogForm
      title="Keep as a test"
      action="Keep it"
      doing="Keeping…"
      work={keeping}
      isReady={name.trim() !== ""}
      onSubmit={() => keeping.mutate()}
      onClose={onClose}
    >
      <p className="soft">
        What happened in this call is kept as a copy. After an update <code>vivavoce replay --kept</code>{" "}
        lives through it again, and says so where a decision has changed. It stays when the conversation is
        deleted.
      </p>
      <TextField
        label="Name"
        required
        value={name}
        onChange={(value) => setName(value.slice(0, LONGEST_NAME))}
        meaning="Letters, digits, spaces, dots and dashes: it may become a file's name."
      />
      <CheckField
        label="Keep the words as they were said"
        meaning="Otherwise they are replaced by invented ones of the same length, and names and prompts are dropped."
        value={keepsWords}
        onChange={keepWords}
      />
    </DialogForm>
  );
}

/** What happened is the person's to say; who and when is known. */
function nameFor(one: Read): string {
  const at = new Date(one.metadata.start_time_unix_secs * 1000);
  const agent = fileName(one.agent_name ?? "").slice(0, LONGEST_NAME - 20);
  return `${agent}-${at.toISOString().slice(0, 16).replace("T", "-").replace(":", "")}`;
}
