// What belongs to the workspace as a whole.

import { useTitle } from "../../words/title";
import { About } from "./About";

export function Settings() {
  useTitle("Settings");
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Settings</h1>
        </div>
      </header>
      <About />
    </div>
  );
}
