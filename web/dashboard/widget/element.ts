// Stands between the widget and the library that makes an element of it: the attributes are settled first, and an agent
// that the server refuses leaves a note instead of nothing.

import { type ComponentType, Fragment, h } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import register from "preact-custom-element";
import { type Attributes, OLDER_TEXTS, settled } from "./attributes";
import { addressIn } from "./origins";
import { onRefusal, type Refusal } from "./refusals";
import { WORKLETS } from "./server";
import { Sheet } from "./styles";

const NOTE = `
  .vivavoce-note {
    position: fixed; inset: auto 1rem 1rem auto; max-width: 20rem; z-index: 1000; box-sizing: border-box;
    padding: 0.75rem 1rem; border: 1px solid #d5d2ca; border-radius: 12px; background: #fff; color: #1c1d1f;
    font: 14px/1.45 ui-sans-serif, system-ui, sans-serif; box-shadow: 0 4px 18px rgb(0 0 0 / 12%);
  }
  .vivavoce-note p { margin: 0; }
  .vivavoce-note button {
    margin-top: 0.5rem; padding: 0.25rem 0.75rem; border: 1px solid #8b8a86; border-radius: 8px; background: none;
    color: inherit; font: inherit; cursor: pointer;
  }
`;

export default function registered(
  Widget: ComponentType<Attributes>,
  tag: string,
  names: string[],
  options: { shadow: true; mode: "open" },
): void {
  const Element = (given: Attributes) =>
    h(Fragment, null, h(Widget, settled(given, WORKLETS)), h(Note, { agentId: agentIn(given) }));
  register(Element, tag, [...names, ...Object.keys(OLDER_TEXTS)], options);
}

function agentIn(given: Attributes): string | null {
  return addressIn(given["signed-url"])?.searchParams.get("agent_id") ?? given["agent-id"] ?? null;
}

/** What a visitor sees of a refusal; what its owner needs to know stands in the console. */
function Note({ agentId }: { agentId: string | null }) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isClosed, close] = useState(false);
  useLayoutEffect(() => onRefusal((each) => setRefusal(each)), []);
  if (!refusal || refusal.agentId !== agentId || isClosed) return null;
  return h("div", { class: "vivavoce-note", role: "status" }, [
    h(Sheet, { children: NOTE }),
    h("p", null, "The assistant cannot be shown on this page."),
    h("button", { type: "button", onClick: () => close(true) }, "Close"),
  ]);
}
