// The terms, which a visitor accepts before anything is sent or heard.

import { useState } from "react";
import type { Labels } from "./labels";
import type { Block, Piece, Terms } from "./terms";

export function TermsToAccept(props: { terms: Terms; labels: Labels; onAccept: () => void }) {
  const { terms, labels, onAccept } = props;
  const [isRefused, refuse] = useState(false);
  if (isRefused) {
    return (
      <div className="stack" role="status">
        <p>Nothing was sent, and nothing was recorded. The agent talks only to those who accept its terms.</p>
        <p>
          <button type="button" className="button" onClick={() => refuse(false)}>
            Read them again
          </button>
        </p>
      </div>
    );
  }
  return (
    <section className="card stack" aria-label="Terms">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keys */}
      <div className="terms stack" dir="auto" tabIndex={0}>
        {terms.blocks.map((block, place) => (
          <Written key={place} block={block} />
        ))}
      </div>
      <div className="row begin">
        <button type="button" className="button main" onClick={onAccept}>
          {labels.accept_terms}
        </button>
        <button type="button" className="button" onClick={() => refuse(true)}>
          {labels.dismiss_terms}
        </button>
      </div>
    </section>
  );
}

function Written({ block: { kind, pieces } }: { block: Block }) {
  const inside = pieces.map((piece, place) => <Part key={place} piece={piece} />);
  if (kind === "heading") return <h2>{inside}</h2>;
  return <p className={kind === "item" ? "item" : undefined}>{inside}</p>;
}

function Part({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "strong":
      return <strong>{piece.text}</strong>;
    case "em":
      return <em>{piece.text}</em>;
    case "link":
      return (
        <a href={piece.to} target="_blank" rel="noopener noreferrer">
          {piece.text}
        </a>
      );
  }
}
