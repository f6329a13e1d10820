// What belongs to the workspace as a whole.

import { getRouteApi, Link } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { Empty } from "../../parts/states";
import { useTitle } from "../../words/title";
import { About } from "./About";
import { Environments } from "./Environments";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Models } from "./Models";
import { Secrets } from "./Secrets";

const SECTIONS: Record<string, { name: string; page: ComponentType }> = {
  keys: { name: "API keys", page: Keys },
  members: { name: "Members", page: Members },
  secrets: { name: "Secrets", page: Secrets },
  environments: { name: "Environments", page: Environments },
  models: { name: "Models", page: Models },
  about: { name: "This server", page: About },
};

const route = getRouteApi("/settings/$section");

export function Settings() {
  const { section } = route.useParams();
  const found = SECTIONS[section];
  useTitle(found ? found.name : "Settings");
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Settings</h1>
          <p>Who may come in, and what this server works with.</p>
        </div>
      </header>
      <nav className="tabs" aria-label="Sections of the settings">
        {Object.entries(SECTIONS).map(([name, { name: label }]) => (
          <Link key={name} to="/settings/$section" params={{ section: name }} activeOptions={{ exact: true }}>
            {label}
          </Link>
        ))}
      </nav>
      <div style={{ paddingTop: "1.4rem" }}>
        {found ? (
          <found.page />
        ) : (
          <Empty icon="settings" title="There are no such settings">
            <p>Choose one of the sections above.</p>
          </Empty>
        )}
      </div>
    </div>
  );
}
