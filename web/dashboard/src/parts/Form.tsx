// A form: its fields, what went wrong with it, and its buttons. In a card or a part of one it stands on the page, in a
// dialog over it.

import type { ReactNode } from "react";
import { Dialog } from "./Dialog";
import { Icon, type IconName } from "./Icon";
import { Trouble } from "./Trouble";

interface Props {
  action: string;
  /** What the button says meanwhile. */
  doing?: string;
  icon?: IconName;
  work: { error: unknown; isPending: boolean };
  isReady?: boolean;
  isDangerous?: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

interface Inside extends Props {
  className: string;
  cancel?: () => void;
  /** Not what the page is for: its button is a plain one. */
  isMinor?: boolean;
}

function Inside({ className, cancel, isMinor = false, ...props }: Inside) {
  const { action, doing = action, icon, work, isReady = true, isDangerous = false } = props;
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation(); // a dialog of a form is not that form
        if (isReady && !work.isPending) props.onSubmit();
      }}
    >
      {props.children}
      {work.error ? <Trouble error={work.error} /> : null}
      <div className={cancel ? "row ends" : "row"}>
        {cancel && (
          <button type="button" className="button" onClick={cancel}>
            Cancel
          </button>
        )}
        <button
          type="submit"
          className={`button${isMinor ? "" : " main"}${isDangerous ? " danger" : ""}`}
          disabled={work.isPending || !isReady}
        >
          {icon && <Icon name={icon} />}
          {work.isPending ? doing : action}
        </button>
      </div>
    </form>
  );
}

export function CardForm({ title, ...props }: Props & { title: string }) {
  return (
    <section className="card stack">
      <h2>{title}</h2>
      <Inside className="stack" {...props} />
    </section>
  );
}

/** A form that is a part of a card which has something to show besides. */
export function PartForm(props: Props) {
  return <Inside className="stack tight" isMinor {...props} />;
}

export function DialogForm({
  title,
  wide = false,
  onClose,
  ...props
}: Props & { title: string; wide?: boolean; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <Inside className="stack" cancel={onClose} {...props} />
    </Dialog>
  );
}
