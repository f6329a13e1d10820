// The head of the editor: the name, whether the draft is kept, and what can be done with it.

import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "../../api/call";
import { Copy } from "../../parts/Copy";
import { Dialog } from "../../parts/Dialog";
import { AreaField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Tag } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { note, noteFailure } from "../../shell/notes";
import { Changes } from "./Changes";
import { type Editing, type Saving, textAt } from "./useDocument";

interface Props {
  agentId: string;
  editing: Editing;
  trying: boolean;
  onTry: () => void;
}

export function EditorHead({ agentId, editing, trying, onTry }: Props) {
  const [publishing, publish] = useState(false);
  const name = textAt(editing.doc, ["name"]);
  return (
    <>
      <header className="page-head">
        <div>
          <p className="small">
            <Link to="/agents">Agents</Link>
          </p>
          <h1 className="hidden-text">{name}</h1>
          <input
            className="title"
            aria-label="Name"
            dir="auto"
            maxLength={256}
            value={name}
            onChange={(event) => editing.edit(["name"], event.target.value)}
          />
          <div className="row small soft" style={{ gap: "0.3rem" }}>
            <span className="mono clip">{agentId}</span>
            <Copy text={agentId} what="the agent's id" />
            <SavingTag saving={editing.saving} />
          </div>
        </div>
        <div className="row">
          {editing.isChanged && (
            <button
              type="button"
              className="button plain"
              disabled={editing.discard.isPending}
              onClick={() => editing.discard.mutate(undefined, { onError: noteFailure })}
            >
              Discard
            </button>
          )}
          <button type="button" className="button" aria-pressed={trying} onClick={onTry}>
            <Icon name="microphone" />
            Try it
          </button>
          <button
            type="button"
            className="button main"
            disabled={!editing.isChanged}
            onClick={() => publish(true)}
          >
            Publish…
          </button>
        </div>
      </header>
      {editing.isBehind && <Behind editing={editing} />}
      {editing.saving === "failed" && <NotSaved error={editing.saveError} />}
      {publishing && <Publish editing={editing} onClose={() => publish(false)} />}
    </>
  );
}

const SAVING: Record<Saving, { text: string; kind: string }> = {
  clean: { text: "published", kind: "good" },
  saved: { text: "draft saved", kind: "info" },
  saving: { text: "saving…", kind: "" },
  waiting: { text: "not saved yet: no answer", kind: "warn" },
  failed: { text: "not saved", kind: "bad" },
};

function SavingTag({ saving }: { saving: Saving }) {
  const { text, kind } = SAVING[saving];
  return (
    <span role="status">
      <Tag kind={kind}>{text}</Tag>
    </span>
  );
}

function NotSaved({ error }: { error: unknown }) {
  return (
    <div style={{ marginBottom: "1rem" }}>
      <Trouble error={error} />
      <p className="small soft" style={{ marginTop: "0.3rem" }}>
        {error instanceof ApiError
          ? "The draft is kept in this browser. Change the field that is named, and it is saved again."
          : "The draft is kept in this browser until the server is back."}
      </p>
    </div>
  );
}

function Behind({ editing }: { editing: Editing }) {
  return (
    <div className="notice warn" role="alert" style={{ marginBottom: "1rem" }}>
      <div className="grow stack tight">
        <p>
          Somebody published a newer version while you were writing. Your draft still stands on the one
          before; publishing it keeps their changes wherever you changed nothing.
        </p>
        <p className="row">
          <button
            type="button"
            className="button slim"
            disabled={editing.bringOver.isPending}
            onClick={() =>
              editing.bringOver.mutate(undefined, {
                onSuccess: () => note("Your changes stand on the newest version now."),
                onError: noteFailure,
              })
            }
          >
            Bring my changes onto it
          </button>
          <Link from="/agents/$agentId" search={{ tab: "versions" }} className="button slim">
            See the versions
          </Link>
        </p>
      </div>
    </div>
  );
}

function Publish({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const [description, describe] = useState("");
  const { publish } = editing;
  return (
    <Dialog title="Publish this draft" onClose={onClose} wide>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate(description, {
            onSuccess: () => {
              note("Published. New calls get this version; calls that run keep theirs.");
              onClose();
            },
          });
        }}
      >
        <Changes before={editing.before} after={editing.doc} />
        <AreaField
          label="What changed, and why"
          meaning="Stands in the list of versions. It may stay empty."
          rows={2}
          value={description}
          onChange={describe}
        />
        {publish.error && <Trouble error={publish.error} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button main" disabled={publish.isPending}>
            {publish.isPending ? "Publishing…" : "Publish"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
