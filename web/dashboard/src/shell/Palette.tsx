// The command palette: every place, every agent by name, and a few things to do, all by keyboard.

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { call } from "../api/call";
import { Dialog } from "../parts/Dialog";
import { Icon, type IconName } from "../parts/Icon";
import { ranked } from "../words/ranking";
import { GROUPS } from "../words/sections";
import { noteFailure } from "./notes";
import { signOut } from "./session";
import { chooseTheme } from "./theme";

interface Command {
  name: string;
  kind: string;
  icon: IconName;
  run: () => void;
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = ranked(useCommands(text), text, (each) => each.name).slice(0, 30);
  const chosen = Math.min(at, found.length - 1);
  const id = useId();

  function pressed(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return; // these keys are the keyboard's, which still asks what was meant
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && found[chosen]) {
      event.preventDefault();
      choose(found[chosen]);
    }
  }

  function choose(command: Command) {
    onClose();
    command.run();
  }

  return (
    <Dialog title="Go to" showsTitle={false} onClose={onClose} className="palette">
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
        aria-label="Go to a page or an agent"
        placeholder="Go to a page or an agent…"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <div role="listbox" id={id} aria-label="Results" className="results">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's, which keeps the focus
          <div
            key={`${command.kind} ${command.name} ${index}`}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => choose(command)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={command.icon} />
            <span className="clip">{command.name}</span>
            <span className="soft">{command.kind}</span>
          </div>
        ))}
        {found.length === 0 && <p className="soft">Nothing is called that.</p>}
      </div>
    </Dialog>
  );
}

function useCommands(text: string): Command[] {
  const navigate = useNavigate();
  const wanted = useDeferredValue(text.trim());
  const agents = useQuery({
    queryKey: ["palette", wanted],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents", { query: { search: wanted, page_size: 20 }, signal }),
    placeholderData: (before) => before,
  });
  const go = (to: string) => () => void navigate({ to });
  return [
    { name: "Home", kind: "Page", icon: "home", run: go("/") },
    { name: "Agents", kind: "Page", icon: "agents", run: go("/agents") },
    {
      name: "New agent",
      kind: "Do",
      icon: "plus",
      run: () => void navigate({ to: "/agents", search: { make: true } }),
    },
    { name: "Conversations", kind: "Page", icon: "conversations", run: go("/conversations") },
    ...GROUPS.flatMap(({ sections }) => sections).map(
      ({ path, name }): Command => ({
        name: `Settings: ${name}`,
        kind: "Page",
        icon: "settings",
        run: go(`/settings/${path}`),
      }),
    ),
    ...(agents.data?.agents ?? []).map(
      (each): Command => ({
        name: each.name,
        kind: "Agent",
        icon: "agents",
        run: () => void navigate({ to: "/agents/$agentId", params: { agentId: each.agent_id } }),
      }),
    ),
    { name: "Light theme", kind: "Do", icon: "sun", run: () => chooseTheme("light") },
    { name: "Dark theme", kind: "Do", icon: "moon", run: () => chooseTheme("dark") },
    { name: "Theme of the system", kind: "Do", icon: "screen", run: () => chooseTheme("system") },
    { name: "API reference", kind: "Page", icon: "right", run: () => window.location.assign("/docs") },
    { name: "Sign out", kind: "Do", icon: "leave", run: () => void signOut().catch(noteFailure) },
  ];
}
