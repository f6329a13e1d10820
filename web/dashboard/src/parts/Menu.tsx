// A button that opens a small menu.

import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./Icon";

export function Menu({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const shown = list.current;
    const opened = (event: Event) => {
      if ((event as ToggleEvent).newState === "open") place(button.current, shown);
    };
    shown?.addEventListener("beforetoggle", opened);
    return () => shown?.removeEventListener("beforetoggle", opened);
  }, []);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button plain square"
        popoverTarget={id}
        aria-label={label}
      >
        <Icon name="more" />
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a choice inside closes the menu; the choices are buttons */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a button inside is clicked by keys too */}
      <div ref={list} id={id} popover="auto" className="menu" onClick={() => list.current?.hidePopover()}>
        {children}
      </div>
    </>
  );
}

function place(button: HTMLElement | null, list: HTMLElement | null): void {
  if (!button || !list) return;
  const at = button.getBoundingClientRect();
  list.style.top = `${at.bottom}px`;
  list.style.right = `${Math.max(8, window.innerWidth - at.right)}px`;
}
