// What belongs to the workspace as a whole, section by section.

import { getRouteApi, Link } from "@tanstack/react-router";
import { Empty } from "../../parts/states";
import { useCurrentInView } from "../../parts/useCurrentInView";
import { GROUPS } from "../../words/sections";
import { useTitle } from "../../words/title";
import { SECTION_PAGES } from "./pages";

const route = getRouteApi("/settings/$section");

export function Settings() {
  const { section } = route.useParams();
  const found = GROUPS.flatMap(({ sections }) => sections).find(({ path }) => path === section);
  const Page = SECTION_PAGES[section];
  const sections = useCurrentInView(section);
  useTitle(found ? found.name : "Settings");
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {found && <p className="small">Settings</p>}
          <h1>{found?.name ?? "Settings"}</h1>
          <p>{found?.meaning ?? "Who may come in, and what this server works with."}</p>
        </div>
      </header>
      <div className="with-sections">
        <nav ref={sections} className="sections" aria-label="Sections of the settings">
          {GROUPS.map((group) => (
            <div key={group.name}>
              <span className="small soft">{group.name}</span>
              {group.sections.map(({ path, name }) => (
                <Link
                  key={path}
                  to="/settings/$section"
                  params={{ section: path }}
                  activeOptions={{ exact: true }}
                >
                  {name}
                </Link>
              ))}
            </div>
          ))}
        </nav>
        <div style={{ minWidth: 0 }}>
          {Page ? (
            <Page />
          ) : (
            <Empty icon="settings" title="There are no such settings">
              <p>Choose one of the sections beside this.</p>
            </Empty>
          )}
        </div>
      </div>
    </div>
  );
}
