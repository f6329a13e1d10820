// What somebody else made of the same agent, beside one's own: what both changed is chosen, the rest is kept of both.

import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Dialog } from "../../parts/Dialog";
import { DialogForm } from "../../parts/Form";
import { Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { note } from "../../shell/notes";
import { type Clash, joined, withTheirs } from "../../words/joining";
import { Changes, Difference, Where } from "./Changes";
import type { Editing, Other } from "./useDocument";

const WHO: Record<Other["who"], string> = {
  version: "Somebody published a newer version",
  window: "Your draft was changed in another window",
};

/** Read once, when it is opened: what is compared does not change under the hands. */
export function Joining({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const found = useQuery({
    queryKey: ["other", editing.agentId, editing.branchId],
    queryFn: editing.other,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnReconnect: false,
  });
  if (found.data) return <Both other={found.data} editing={editing} onClose={onClose} />;
  return (
    <Dialog title="Compare" onClose={onClose}>
      {found.error ? (
        <Trouble error={found.error} again={() => void found.refetch()} />
      ) : (
        <Waiting what="the other side" />
      )}
    </Dialog>
  );
}

function Both({ other, editing, onClose }: { other: Other; editing: Editing; onClose: () => void }) {
  const { doc, clashes } = joined(other.before, other.mine, other.theirs);
  const [taken, take] = useState<readonly Clash[]>([]);
  const paths = new Set(taken.map(pathOf));
  const isTheirs = (clash: Clash) => paths.has(pathOf(clash));
  const choose = (clash: Clash, theirs: boolean) =>
    take(theirs ? [...taken, clash] : taken.filter((each) => pathOf(each) !== pathOf(clash)));
  const work = useMutation({
    mutationFn: () => editing.join(other, withTheirs(doc, clashes.filter(isTheirs))),
    onSuccess: () => {
      note("Both are in your draft now. Nothing is published yet.");
      onClose();
    },
  });
  return (
    <DialogForm
      title={WHO[other.who]}
      wide
      action="Go on with this"
      work={work}
      onSubmit={() => work.mutate()}
      onClose={onClose}
    >
      <section className="stack tight">
        <h3>What they changed</h3>
        <Changes before={other.before} after={other.theirs} />
      </section>
      {clashes.length === 0 ? (
        <p className="notice good">You changed other fields, so both can be kept.</p>
      ) : (
        <section className="stack">
          <h3>What both of you changed</h3>
          {clashes.map((clash) => (
            <Choice
              key={pathOf(clash)}
              clash={clash}
              isTheirs={isTheirs(clash)}
              onChoose={(theirs) => choose(clash, theirs)}
            />
          ))}
        </section>
      )}
    </DialogForm>
  );
}

const pathOf = (clash: Clash) => clash.path.join(".");

function Choice(props: { clash: Clash; isTheirs: boolean; onChoose: (theirs: boolean) => void }) {
  const { clash, isTheirs, onChoose } = props;
  const name = useId();
  return (
    <fieldset className="clash">
      <legend>
        <Where path={pathOf(clash)} />
      </legend>
      {[
        { title: "Yours", value: clash.mine, theirs: false },
        { title: "Theirs", value: clash.theirs, theirs: true },
      ].map(({ title, value, theirs }) => (
        <div key={title} className="stack tight">
          <label className="row" style={{ gap: "0.5rem" }}>
            <input type="radio" name={name} checked={isTheirs === theirs} onChange={() => onChoose(theirs)} />
            {title}
          </label>
          <Difference path={pathOf(clash)} before={clash.before} after={value} />
        </div>
      ))}
    </fieldset>
  );
}
