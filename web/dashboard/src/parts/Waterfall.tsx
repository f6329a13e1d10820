// The times of one turn as bars, drawn to one scale for all turns of a call, with the same in words for who cannot see it.

import { milliseconds } from "../words/times";
import type { Waterfall as Times } from "../words/waterfall";

export function Waterfall({ times, longest }: { times: Times; longest: number }) {
  const share = (seconds: number) => `${(100 * seconds) / longest}%`;
  const told = times.pieces
    .map((piece) => `${piece.name}: ${milliseconds(piece.to - piece.from)}`)
    .join(", ");
  return (
    <div
      className="waterfall"
      role="img"
      aria-label={`${milliseconds(times.total)} to the first answer. ${told}.`}
    >
      <div className="track">
        {times.pieces.map((piece) => (
          <span
            key={piece.name}
            className={`piece ${piece.who}`}
            style={{ left: share(piece.from), width: share(piece.to - piece.from) }}
            title={`${piece.name}: ${milliseconds(piece.to - piece.from)}`}
          />
        ))}
        {times.firstToken !== null && (
          <span
            className="token"
            style={{ left: share(times.firstToken) }}
            title="the first word was thought"
          />
        )}
      </div>
      <span className="numbers small nowrap">{milliseconds(times.total)}</span>
    </div>
  );
}

const LEGEND = [
  ["wait", "until the turn is over"],
  ["mind", "thinking"],
  ["voice", "voice"],
  ["ear", "to the caller"],
] as const;

export function WaterfallLegend() {
  return (
    <ul className="legend small soft" aria-label="What the colours mean">
      {LEGEND.map(([who, name]) => (
        <li key={who}>
          <span className={`piece ${who}`} />
          {name}
        </li>
      ))}
    </ul>
  );
}
