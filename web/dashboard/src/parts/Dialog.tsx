// A dialog over the page: the browser's own, which keeps the focus inside and gives it back.

import { type ReactNode, useLayoutEffect, useRef } from "react";

interface Props {
  title: string;
  onClose: () => void;
  wide?: boolean;
  className?: string;
  showsTitle?: boolean;
  children: ReactNode;
}

export function Dialog({ title, onClose, wide = false, className = "", showsTitle = true, children }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  // Closed while it still is on the page: only then the browser gives the focus back to where it was.
  useLayoutEffect(() => {
    const shown = box.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);

  /** Browsers close a dialog at the second Escape whatever the page says; one that has to stay is shown again. */
  function closedByItself(shown: HTMLDialogElement) {
    if (shown.open) return;
    onClose();
    window.setTimeout(() => shown.isConnected && !shown.open && shown.showModal());
  }

  return (
    <dialog
      ref={box}
      className={`dialog ${wide ? "wide" : ""} ${className}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={(event) => event.target === event.currentTarget && closedByItself(event.currentTarget)}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget && isOutside(event)) onClose();
      }}
    >
      {showsTitle && <h2 style={{ marginBottom: "0.9rem" }}>{title}</h2>}
      {children}
    </dialog>
  );
}

function isOutside(event: React.PointerEvent<HTMLDialogElement>): boolean {
  const place = event.currentTarget.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < place.left || x > place.right || y < place.top || y > place.bottom;
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: {
  title: string;
  children: ReactNode;
  action: string;
  busy?: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  return (
    <Dialog title={props.title} onClose={props.onNo}>
      <div className="stack">
        <div className="soft">{props.children}</div>
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <button type="button" className="button" onClick={props.onNo}>
            Cancel
          </button>
          <button type="button" className="button main danger" onClick={props.onYes} disabled={props.busy}>
            {props.action}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
