// Who thinks, hears and speaks here: for each role those who are there, in the order in which they are asked, how they
// are doing, and a button that makes one short real request.

import { useQuery } from "@tanstack/react-query";
import type { Reply } from "../../../api/call";
import { ApiError } from "../../../api/call";
import { Empty, Waiting } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { milliseconds } from "../../../words/times";
import { NewProvider } from "./NewProvider";
import { ORDER, providers, ROLES, type Role } from "./queries";
import { SeatLine } from "./SeatLine";

type Found = Reply<"GET /v1/vivavoce/providers">;

export function Providers() {
  const found = useQuery(providers);
  if (found.error instanceof ApiError && found.error.status === 403) return <NotYours />;
  if (found.error && !found.data) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the providers" lines={8} />;
  return (
    <div className="stack loose">
      {ORDER.map((role) => (
        <RoleCard key={role} role={role} found={found.data} />
      ))}
      <StoodIn found={found.data} />
      <NewProvider />
    </div>
  );
}

function NotYours() {
  return (
    <Empty icon="settings" title="Providers belong to the installation">
      <p>Administrators of its own workspace see them, try them and say how they are configured.</p>
    </Empty>
  );
}

function RoleCard({ role, found }: { role: Role; found: Found }) {
  const seats = found.seats.filter((each) => each.role === role);
  const part = found.parts.find((each) => each.role === role);
  return (
    <section className="card stack" aria-labelledby={`role-${role}`}>
      <div>
        <h2 id={`role-${role}`}>{ROLES[role].name}</h2>
        <p className="soft">{ROLES[role].does}</p>
      </div>
      {part && !part.ready && <p className={`notice ${part.coming ? "" : "warn"}`}>{part.message}</p>}
      {role === "language" && <MindChain found={found} />}
      {seats.length === 0 ? (
        <p className="soft">Nobody does it: the settings say “none”.</p>
      ) : (
        <ol className="seats">
          {seats.map((each) => (
            <SeatLine key={each.name} seat={each} models={modelsOf(found, each.name)} />
          ))}
        </ol>
      )}
    </section>
  );
}

function modelsOf(found: Found, name: string): string[] {
  return found.providers.find((each) => each.name === name)?.models ?? [];
}

/** What happens when the model that an agent names fails, is slow, or is nobody's. */
function MindChain({ found }: { found: Found }) {
  const { backups, hedge_after_seconds: hedge, stand_in: standIn } = found.chain;
  return (
    <ol className="chain small" aria-label="Who answers">
      <li>the model that the agent names</li>
      {hedge !== null && (
        <li>after {milliseconds(hedge)} without a word, the first of the next ones beside it</li>
      )}
      {backups.map((each) => (
        <li key={each}>if that fails, {each}</li>
      ))}
      {backups.length === 0 && <li>if that fails, nobody: no other model is configured</li>}
      <li>for a name that nobody here has, {standIn}</li>
    </ol>
  );
}

function StoodIn({ found }: { found: Found }) {
  if (found.stand_ins.length === 0) return null;
  return (
    <section className="card stack">
      <h2>Models that agents ask for and nobody has</h2>
      <ul className="stack tight">
        {found.stand_ins.map((each) => (
          <li key={each.llm}>
            <span className="mono">{each.llm}</span>{" "}
            <span className="soft">is answered by {each.answered_by}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
