// The head of the editor: the name, whether the draft is kept, and what can be done with it.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "../../api/call";
import { branches } from "../../api/queries";
import { Copy } from "../../parts/Copy";
import { AreaField } from "../../parts/Field";
import { DialogForm } from "../../parts/Form";
import { Icon } from "../../parts/Icon";
import { Tag } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { note, noteFailure } from "../../shell/notes";
import { AgentMenu } from "./AgentMenu";
import { Changes } from "./Changes";
import { isOutdated } from "./draft";
import { Joining } from "./Joining";
import { TalkLink } from "./TalkLink";
import { type Editing, flagAt, type Saving, textAt } from "./useDocument";

interface Props {
  editing: Editing;
  trying: boolean;
  onTry: () => void;
}

export function EditorHead({ editing, trying, onTry }: Props) {
  const [publishing, publish] = useState(false);
  const [joining, join] = useState(false);
  const [sharing, share] = useState(false);
  const name = textAt(editing.doc, ["name"]);
  const { agentId } = editing;
  const navigate = useNavigate();
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
            <OnBranch editing={editing} />
          </div>
        </div>
        <div className="row">
          {editing.isChanged && !editing.isHeld && (
            <button
              type="button"
              className="button plain"
              disabled={editing.discard.isPending}
              onClick={() => editing.discard.mutate(undefined, { onError: noteFailure })}
            >
              Discard
            </button>
          )}
          <button type="button" className="button" onClick={() => share(true)}>
            <Icon name="people" />
            Talk page
          </button>
          <button type="button" className="button" aria-pressed={trying} onClick={onTry}>
            <Icon name="microphone" />
            Try it
          </button>
          <button
            type="button"
            className="button main"
            disabled={!editing.isChanged || editing.isHeld || editing.isBehind}
            onClick={() => publish(true)}
          >
            Publish…
          </button>
          <AgentMenu
            one={{
              agent_id: agentId,
              name,
              archived: flagAt(editing.before, ["platform_settings", "archived"]),
            }}
            onGone={() => void navigate({ to: "/agents" })}
          />
        </div>
      </header>
      {flagAt(editing.before, ["platform_settings", "archived"]) && (
        <p className="notice warn" style={{ marginBottom: "1rem" }}>
          This agent is put away: it is not in the list of those in use. Calls that name it still reach it.
        </p>
      )}
      {(editing.isBehind || editing.isHeld) && <Behind isHeld={editing.isHeld} compare={() => join(true)} />}
      {editing.saving === "failed" && <NotSaved error={editing.saveError} />}
      {publishing && (
        <Publish
          editing={editing}
          onClose={() => publish(false)}
          onOther={() => {
            publish(false);
            join(true);
          }}
        />
      )}
      {sharing && <TalkLink editing={editing} onClose={() => share(false)} />}
      {joining && <Joining editing={editing} onClose={() => join(false)} />}
    </>
  );
}

/** Which branch is edited, where it is not the main one. */
function OnBranch({ editing }: { editing: Editing }) {
  const isMain = editing.branchId === editing.base.main_branch_id;
  const found = useQuery({ ...branches(editing.agentId), enabled: !isMain });
  if (isMain) return null;
  const name = found.data?.results.find(({ id }) => id === editing.branchId)?.name ?? "a branch";
  return (
    <span className="row" style={{ gap: "0.3rem" }}>
      <Tag kind="warn">
        <Icon name="branch" />
        <span dir="auto">on {name}</span>
      </Tag>
      <Link from="/agents/$agentId" search={MAIN}>
        to main
      </Link>
    </span>
  );
}

const MAIN = (before: object) => ({ ...before, branch: undefined });

const SAVING: Record<Saving, { text: string; kind: string }> = {
  clean: { text: "published", kind: "good" },
  saved: { text: "draft saved", kind: "info" },
  saving: { text: "saving…", kind: "" },
  waiting: { text: "not saved yet: no answer", kind: "warn" },
  failed: { text: "not saved", kind: "bad" },
  held: { text: "kept in this browser", kind: "warn" },
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

function Behind({ isHeld, compare }: { isHeld: boolean; compare: () => void }) {
  return (
    <div className="notice warn" role="alert" style={{ marginBottom: "1rem" }}>
      <div className="grow stack tight">
        <p>
          {isHeld
            ? "Your draft was changed in another window meanwhile, so what you write here is not saved over it."
            : "Somebody published a newer version while you were writing. Your draft still stands on the one before."}
        </p>
        <p className="row">
          <button type="button" className="button slim" onClick={compare}>
            Compare and join…
          </button>
          <Link from="/agents/$agentId" search={VERSIONS} className="button slim">
            See the versions
          </Link>
        </p>
      </div>
    </div>
  );
}

const VERSIONS = (before: object) => ({ ...before, tab: "versions" as const });

function Publish({
  editing,
  onClose,
  onOther,
}: {
  editing: Editing;
  onClose: () => void;
  onOther: () => void;
}) {
  const [description, describe] = useState("");
  const { publish } = editing;
  return (
    <DialogForm
      title="Publish this draft"
      wide
      action="Publish"
      doing="Publishing…"
      work={publish}
      onClose={onClose}
      onSubmit={() =>
        publish.mutate(description, {
          onSuccess: () => {
            note("Published. New calls get this version; calls that run keep theirs.");
            onClose();
          },
          onError: (error) => isOutdated(error) && onOther(),
        })
      }
    >
      <Changes before={editing.before} after={editing.doc} />
      <AreaField
        label="What changed, and why"
        meaning="Stands in the list of versions. It may stay empty."
        rows={2}
        value={description}
        onChange={describe}
      />
    </DialogForm>
  );
}
