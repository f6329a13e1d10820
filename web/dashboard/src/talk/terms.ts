// The terms that a visitor accepts first, as blocks that this page draws itself: nothing an agent's owner wrote becomes
// markup of the page. Text knows headings (#), lists (-), **bold**, *italics* and [links](https://...); HTML keeps as much.

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "strong" | "em"; text: string }
  | { kind: "link"; text: string; to: string };

export interface Block {
  kind: "heading" | "paragraph" | "item";
  pieces: Piece[];
}

export interface Terms {
  blocks: Block[];
  /** Under which the browser remembers that they were accepted. */
  key: string;
}

interface Written {
  terms_text?: string | null | undefined;
  terms_html?: string | null | undefined;
  terms_key?: string | null | undefined;
}

/** The terms in a visitor's language, else those for everybody; null where there are none. */
export function termsOf(agentId: string, everybody: Written, inLanguage: Written | undefined): Terms | null {
  const written = inLanguage?.terms_text || inLanguage?.terms_html ? inLanguage : everybody;
  const { terms_text: text, terms_html: html } = written;
  const blocks = text ? blocksOfText(text) : html ? blocksOfHtml(html) : [];
  if (blocks.length === 0) return null;
  // Without a key of the agent's own, other terms are other terms: who accepted these has not accepted the next ones.
  const key = written.terms_key || `vivavoce.terms.${agentId}.${digest(text ?? html ?? "")}`;
  return { blocks, key };
}

const NUMBERED = /^\d+[.)]\s/;
const INLINE = /\*\*(.+?)\*\*|\*(.+?)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function blocksOfText(text: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    const marked = /^(#{1,6}|[-*])\s+(.*)$/.exec(line);
    if (NUMBERED.test(line)) {
      blocks.push({ kind: "paragraph", pieces: piecesOf(line) });
    } else if (marked) {
      const kind = marked[1]?.startsWith("#") ? "heading" : "item";
      blocks.push({ kind, pieces: piecesOf(marked[2] ?? "") });
    } else if (line && isOpen) {
      blocks.at(-1)?.pieces.push({ kind: "text", text: " " }, ...piecesOf(line));
    } else if (line) {
      blocks.push({ kind: "paragraph", pieces: piecesOf(line) });
    }
    isOpen = line !== "" && !marked;
  }
  return blocks;
}

function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const found of line.matchAll(INLINE)) {
    if (found.index > done) pieces.push({ kind: "text", text: line.slice(done, found.index) });
    pieces.push(pieceOf(found));
    done = found.index + found[0].length;
  }
  if (done < line.length) pieces.push({ kind: "text", text: line.slice(done) });
  return pieces;
}

function pieceOf([whole, strong, em, text, to]: RegExpExecArray): Piece {
  if (strong) return { kind: "strong", text: strong };
  if (em) return { kind: "em", text: em };
  return text && to ? linkTo(text, to) : { kind: "text", text: whole };
}

/** A link that leads to a page or to a mailbox; any other is only its text. */
function linkTo(text: string, to: string): Piece {
  return /^(https?:\/\/|mailto:)/i.test(to) ? { kind: "link", text, to } : { kind: "text", text };
}

const HEADINGS = new Set(["H1", "H2", "H3", "H4", "H5", "H6"]);
const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "#comment"]);
const INSIDE_A_LINE = new Set(
  "#text A ABBR B CITE CODE EM FONT I KBD MARK Q S SMALL SPAN STRONG SUB SUP TIME U".split(" "),
);

function blocksOfHtml(html: string): Block[] {
  // A document of its own, in which nothing runs and nothing is loaded.
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const blocks: Block[] = [];
  let open: Block | null = null;
  const read = (parent: Node, kind: Block["kind"]) => {
    for (const node of [...parent.childNodes].filter(({ nodeName }) => !SILENT.has(nodeName))) {
      if (INSIDE_A_LINE.has(node.nodeName)) {
        open ??= blocks[blocks.push({ kind, pieces: [] }) - 1] as Block;
        open.pieces.push(...pieceOfNode(node));
      } else {
        // Whatever else it is, it begins a line and ends one.
        open = null;
        read(node, kindOf(node.nodeName));
        open = null;
      }
    }
  };
  read(body, "paragraph");
  return blocks.filter(({ pieces }) => pieces.some(({ text }) => text.trim()));
}

function kindOf(tag: string): Block["kind"] {
  return HEADINGS.has(tag) ? "heading" : tag === "LI" ? "item" : "paragraph";
}

function pieceOfNode(node: Node): Piece[] {
  const text = node.textContent ?? "";
  if (!text) return [];
  if (node instanceof HTMLAnchorElement) return [linkTo(text, node.getAttribute("href") ?? "")];
  const name = node.nodeName;
  if (name === "B" || name === "STRONG") return [{ kind: "strong", text }];
  if (name === "I" || name === "EM") return [{ kind: "em", text }];
  if (name === "#text") return [{ kind: "text", text }];
  return SILENT.has(name) ? [] : [...node.childNodes].flatMap(pieceOfNode);
}

/** A short name of a text (FNV-1a); nobody gains anything by finding another text with the same one. */
function digest(text: string): string {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value.toString(36);
}
