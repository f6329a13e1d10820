// The frame around every page: navigation, the palette, who is signed in, and what stands over everything.

import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { ApiError } from "../api/call";
import { session } from "../api/queries";
import { Dialog } from "../parts/Dialog";
import { Icon, type IconName } from "../parts/Icon";
import { Waiting } from "../parts/states";
import { Trouble } from "../parts/Trouble";
import { useStore } from "../words/store";
import { arrivedAt } from "../words/title";
import mark from "./mark.svg";
import { noteFailure } from "./notes";
import { Door, SignIn } from "./SignIn";
import { away } from "./server";
import { expired, signOut } from "./session";
import { chooseTheme, type Theme, theme } from "./theme";

const Palette = lazy(() => import("./Palette"));

const PLACES: { to: string; name: string; icon: IconName }[] = [
  { to: "/", name: "Home", icon: "home" },
  { to: "/agents", name: "Agents", icon: "agents" },
  { to: "/conversations", name: "Conversations", icon: "conversations" },
  { to: "/settings", name: "Settings", icon: "settings" },
];

export function Shell() {
  const who = useQuery(session);
  const [seeking, seek] = useState(false);
  useShortcut(() => seek(true));
  if (who.isPending) return <FirstMoment />;
  if (who.error instanceof ApiError && who.error.status === 401) return <Door />;
  if (who.error && !who.data) return <NoServer error={who.error} again={() => void who.refetch()} />;
  return (
    <>
      <a className="button skip" href="#content">
        To the content
      </a>
      <Away />
      <div className="shell">
        <Side seek={() => seek(true)} name={nameOf(who.data)} workspace={who.data?.workspace.name ?? ""} />
        <main id="content" tabIndex={-1} style={{ minWidth: 0, outline: "none" }}>
          <Outlet />
        </main>
        <BottomBar seek={() => seek(true)} />
      </div>
      <Expired />
      <Arrival />
      {seeking && (
        <Suspense>
          <Palette onClose={() => seek(false)} />
        </Suspense>
      )}
    </>
  );
}

function nameOf(who: { user: { email?: string | null; first_name?: string | null } } | undefined): string {
  return who?.user.first_name || who?.user.email || "Administrator";
}

function useShortcut(open: () => void) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open();
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
}

function Side({ seek, name, workspace }: { seek: () => void; name: string; workspace: string }) {
  return (
    <header className="side">
      <Link to="/" className="brand">
        <img src={mark} alt="" />
        Vivavoce
      </Link>
      <button type="button" className="seek" onClick={seek}>
        <Icon name="search" />
        Go to…
        <kbd>Ctrl K</kbd>
      </button>
      <nav aria-label="Main">
        {PLACES.map((each) => (
          <Link key={each.to} to={each.to} activeOptions={{ exact: each.to === "/" }}>
            <Icon name={each.icon} />
            {each.name}
          </Link>
        ))}
      </nav>
      <div className="foot">
        <ThemeButton />
        <button type="button" onClick={() => signOut().catch(noteFailure)}>
          <Icon name="leave" />
          Sign out
        </button>
        <div className="who">
          <div className="clip">{name}</div>
          <div className="clip soft">{workspace}</div>
        </div>
      </div>
    </header>
  );
}

const NEXT: Record<Theme, { next: Theme; icon: IconName; name: string }> = {
  system: { next: "light", icon: "screen", name: "Theme: system" },
  light: { next: "dark", icon: "sun", name: "Theme: light" },
  dark: { next: "system", icon: "moon", name: "Theme: dark" },
};

function ThemeButton() {
  const { next, icon, name } = NEXT[useStore(theme)];
  return (
    <button type="button" onClick={() => chooseTheme(next)}>
      <Icon name={icon} />
      {name}
    </button>
  );
}

function BottomBar({ seek }: { seek: () => void }) {
  return (
    <nav className="bar" aria-label="Main">
      {PLACES.map((each) => (
        <Link key={each.to} to={each.to} activeOptions={{ exact: each.to === "/" }}>
          <Icon name={each.icon} />
          {each.name === "Conversations" ? "Calls" : each.name}
        </Link>
      ))}
      <button type="button" onClick={seek}>
        <Icon name="search" />
        Go to
      </button>
    </nav>
  );
}

function Away() {
  if (!useStore(away)) return null;
  return (
    <div className="away" role="alert">
      The server does not answer. What you typed is still here; this page goes on by itself when the server is
      back.
    </div>
  );
}

/** Tells who does not see it that another page is shown. */
function Arrival() {
  return (
    <p className="hidden-text" role="status">
      {useStore(arrivedAt)}
    </p>
  );
}

function Expired() {
  if (!useStore(expired)) return null;
  return (
    <Dialog title="Your session has ended" onClose={() => undefined}>
      <p className="soft" style={{ marginBottom: "1rem" }}>
        Sign in again; the page behind this is as you left it.
      </p>
      <SignIn />
    </Dialog>
  );
}

function FirstMoment() {
  return (
    <main className="door">
      <Waiting what="Vivavoce" lines={3} />
    </main>
  );
}

function NoServer({ error, again }: { error: unknown; again: () => void }) {
  return (
    <main className="door">
      <Trouble error={error} again={again} />
    </main>
  );
}
