// The terms, which a visitor accepts before anything is sent or heard.

import { useState } from "react";
import type { Block, Piece, Terms } from "./terms";
import type { Words } from "./words";

export function TermsToAccept(props: { terms: Terms; words: Words; onAccept: () => void }) {
  const { terms, words, onAccept } = props;
  const [isRefused, refuse] = useState(false);
  if (isRefused) {
    return (
      <div className="stack" role="status">
        <p>{words.terms_refused}</p>
        <p>
          <button type="button" className="button" onClick={() => refuse(false)}>
            {words.read_terms_again}
          </button>
        </p>
      </div>
    );
  }
  return (
    <section className="card stack" aria-label={words.terms}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keys */}
      <div className="terms stack" dir="auto" tabIndex={0}>
        {terms.blocks.map((block, place) => (
          <Written key={place} block={block} />
        ))}
      </div>
      <div className="row begin">
        <button type="button" className="button main" onClick={onAccept}>
          {words.accept_terms}
        </button>
        <button type="button" className="button" onClick={() => refuse(true)}>
          {words.dismiss_terms}
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
