// The models that run on this machine: which are here, what they are for and under which licence, fetching them with
// how far it is, and removing them.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { ApiError, call, type Reply } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { client } from "../../api/queries";
import { Icon } from "../../parts/Icon";
import { Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { note, noteFailure } from "../../shell/notes";
import { size } from "../../words/bytes";
import { nameOf } from "../../words/languages";
import { useRemoval } from "./useRemoval";

type Found = Reply<"GET /v1/vivavoce/models">;
type Local = Schemas["LocalModelResponse"];

const FETCHING_MILLISECONDS = 700;
const IDLE_MILLISECONDS = 10_000;

const localModels = queryOptions({
  queryKey: ["local-models"],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/models", { signal }),
  refetchInterval: ({ state }) => (isUnderWay(state.data) ? FETCHING_MILLISECONDS : IDLE_MILLISECONDS),
});

const ROLES: [string, string][] = [
  ["ears", "Ears"],
  ["voice", "Voices"],
  ["turns", "Judge of turns"],
  ["embeddings", "Meaning of texts"],
  ["language", "Minds"],
  ["engine", "What runs them"],
];
const STATES: Record<Local["state"], { text: string; kind: string }> = {
  here: { text: "here", kind: "good" },
  fetching: { text: "being fetched", kind: "info" },
  begun: { text: "begun", kind: "warn" },
  missing: { text: "not here", kind: "" },
};

function isUnderWay(found: Found | undefined): boolean {
  return Boolean(found?.fetching && !found.fetching.failure);
}

export function LocalModels() {
  const found = useQuery(localModels);
  if (found.error instanceof ApiError && found.error.status === 403) {
    return (
      <p className="soft">
        Models that lie on the machine belong to the installation: administrators of its own workspace see
        them.
      </p>
    );
  }
  if (found.error && !found.data) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the local models" lines={6} />;
  const { models, free_bytes: free } = found.data;
  const here = models.filter((each) => each.state === "here");
  const known = ROLES.map(([role]) => role);
  const others = [...new Set(models.map(({ role }) => role))].filter((role) => !known.includes(role));
  return (
    <div className="stack">
      <p className="soft">
        They run without a key and a network.{" "}
        {here.length === 0
          ? "None is here yet."
          : `${here.length} of ${models.length} are here, ${size(sum(here))} together.`}{" "}
        {free !== null && `${size(free)} are free on the disk.`}
      </p>
      <Fetching found={found.data} />
      {[...ROLES, ...others.map((role): [string, string] => [role, role])].map(([role, name]) => {
        const ofRole = models.filter((each) => each.role === role);
        return ofRole.length > 0 && <Group key={role} name={name} rows={ofRole} found={found.data} />;
      })}
    </div>
  );
}

function sum(models: Local[]): number {
  return models.reduce((total, each) => total + each.size_bytes, 0);
}

function keep(answer: Found): void {
  client.setQueryData(localModels.queryKey, answer);
}

function Fetching({ found }: { found: Found }) {
  const cancel = useMutation({
    mutationFn: () => call("POST /v1/vivavoce/models/cancel"),
    onSuccess: (answer) => {
      keep(answer);
      note("Fetching is broken off. What is there of the models stays for the next time.");
    },
    onError: noteFailure,
    onSettled: () => void client.invalidateQueries({ queryKey: localModels.queryKey }),
  });
  const { fetching } = found;
  if (!fetching) return null;
  if (fetching.failure) {
    return (
      <div className="notice bad" role="alert">
        <div className="grow stack tight">
          <p>{fetching.failure}</p>
          <div>
            <Fetch ids={fetching.model_ids} found={found} label="Try again" />
          </div>
        </div>
      </div>
    );
  }
  const percent = Math.floor((100 * fetching.done_bytes) / Math.max(1, fetching.total_bytes));
  return (
    <div className="notice stack tight" role="status" style={{ display: "grid" }}>
      <div className="row apart">
        <span>
          Fetching {fetching.model_ids.join(", ")}: {size(fetching.done_bytes)} of{" "}
          {size(fetching.total_bytes)}
        </span>
        <button
          type="button"
          className="button slim"
          disabled={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          Cancel
        </button>
      </div>
      <progress className="progress" max={100} value={percent} aria-label="How far fetching is" />
    </div>
  );
}

function Group({ name, rows, found }: { name: string; rows: Local[]; found: Found }) {
  return (
    <section className="card stack">
      <h3>{name}</h3>
      <ul className="locals">
        {rows.map((each) => (
          <Line key={each.model_id} one={each} found={found} />
        ))}
      </ul>
    </section>
  );
}

function Line({ one, found }: { one: Local; found: Found }) {
  const state = STATES[one.state];
  const removal = useRemoval<Local>({
    queryKey: localModels.queryKey,
    remove: async ({ model_id }) => keep(await call("DELETE /v1/vivavoce/models", { query: { model_id } })),
    title: ({ model_id }) => `Remove ${model_id} from this machine?`,
    warning: `${size(one.size_bytes)} become free. Calls that run go on with it; new ones do without it. It can be fetched again.`,
    done: `${one.model_id} is removed.`,
  });
  return (
    <li>
      <div className="stack tight">
        <span className="row">
          <strong className="mono anywhere">{one.model_id}</strong>
          <Tag kind={state.kind}>{state.text}</Tag>
          {one.profiles.includes("default") && <Tag>usual</Tag>}
        </span>
        <span className="small">{one.title}</span>
        <span className="small soft anywhere">
          {size(one.size_bytes)} · {languagesInWords(one.languages)} · {one.licence} · {one.upstream}
        </span>
      </div>
      {one.state === "here" ? (
        <button
          type="button"
          className="button slim danger"
          onClick={() => removal.ask(one)}
          aria-label={`Remove ${one.model_id}…`}
        >
          Remove…
        </button>
      ) : (
        one.state !== "fetching" && <Fetch ids={[one.model_id]} found={found} label="Fetch" />
      )}
      {removal.dialog}
    </li>
  );
}

const NAMED = 3;

function languagesInWords(codes: string[]): string {
  if (codes.length === 0 || codes.includes("*")) return "every language";
  if (codes.length > NAMED) return `${codes.length} languages`;
  return codes.map(nameOf).join(", ");
}

function Fetch({ ids, found, label }: { ids: string[]; found: Found; label: string }) {
  const pull = useMutation({
    mutationFn: () => call("POST /v1/vivavoce/models/pull", { body: { model_ids: ids } }),
    onSuccess: (answer) => {
      keep(answer);
      note("Fetching begins.");
    },
    onError: noteFailure,
    onSettled: () => void client.invalidateQueries({ queryKey: localModels.queryKey }),
  });
  if (!found.can_fetch) return null;
  return (
    <button
      type="button"
      className="button slim"
      disabled={pull.isPending}
      onClick={() => pull.mutate()}
      aria-label={label === "Fetch" ? `Fetch ${ids.join(", ")}` : label}
    >
      <Icon name="down" />
      {label}
    </button>
  );
}
