// Styles without a `<style>` element: a page whose policy forbids inline styles accepts style sheets that scripts make.

import { h } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

type Text = string | { value: string };
interface Props {
  children?: Text | Text[];
  dangerouslySetInnerHTML?: { __html: string };
}

/** Stands where the widget would put a `<style>`: adopts its text in the tree that it is in. */
export function Sheet({ children = [], dangerouslySetInnerHTML }: Props) {
  const place = useRef<HTMLTemplateElement>(null);
  const sheet = useMemo(() => new CSSStyleSheet(), []);
  const parts = dangerouslySetInnerHTML ? [dangerouslySetInnerHTML.__html] : [children].flat();
  const text = parts.map((each) => (typeof each === "string" ? each : each.value)).join("\n");
  useLayoutEffect(() => sheet.replaceSync(text), [sheet, text]);
  useLayoutEffect(() => {
    const root = place.current?.getRootNode();
    return root instanceof ShadowRoot || root instanceof Document ? adopt(root, sheet) : undefined;
  }, [sheet]);
  return h("template", { ref: place });
}

/** Styles of the page around, for as long as they are needed; gives the way to take them back. */
export function pageSheet(text: string): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return adopt(document, sheet);
}

function adopt(root: DocumentOrShadowRoot, sheet: CSSStyleSheet): () => void {
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== sheet);
  };
}
