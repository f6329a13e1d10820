// Several voices side by side, saying the same: heard one after the other or each alone, and one of them chosen.

import { Icon } from "../../../../parts/Icon";
import { milliseconds } from "../../../../words/times";
import type { Manner, Samples } from "./samples";
import { Listen } from "./VoiceCard";
import type { Voice } from "./voice";

interface Props {
  voices: Voice[];
  chosen: string;
  onChoose: (id: string) => void;
  onRemove: (id: string) => void;
  onEnd: () => void;
  manner: Manner;
  samples: Samples;
}

export function Comparison({ voices, chosen, onChoose, onRemove, onEnd, manner, samples }: Props) {
  const ids = voices.map((voice) => voice.voice_id);
  const isPlaying = samples.playing !== null;
  return (
    <section className="card stack comparison" aria-label="Comparison of voices">
      <div className="row apart">
        <h3>Side by side</h3>
        <div className="row">
          <button
            type="button"
            className="button slim main"
            disabled={voices.length < 2}
            onClick={() => (isPlaying ? samples.stop() : void samples.play(ids, manner))}
          >
            <Icon name={isPlaying ? "stop" : "play"} />
            {isPlaying ? "Stop" : "One after the other"}
          </button>
          <button type="button" className="button slim plain" onClick={onEnd}>
            Done
          </button>
        </div>
      </div>
      {voices.length < 2 && (
        <p className="small soft">Mark a second voice below to hear them beside each other.</p>
      )}
      <p className="said-by-all" dir="auto">
        {manner.text}
      </p>
      <ul className="beside">
        {voices.map((voice) => (
          <li key={voice.voice_id} data-playing={samples.playing === voice.voice_id ? "" : undefined}>
            <div className="row apart" style={{ flexWrap: "nowrap" }}>
              <strong className="clip" dir="auto">
                {voice.name}
              </strong>
              <button
                type="button"
                className="button plain slim"
                aria-label={`Take ${voice.name} out of the comparison`}
                onClick={() => onRemove(voice.voice_id)}
              >
                ×
              </button>
            </div>
            <p className="small soft">
              {[voice.labels.provider, voice.labels.accent].filter(Boolean).join(", ")}
            </p>
            <p className="small soft numbers">
              {samples.made[voice.voice_id] === undefined
                ? "not heard yet"
                : `made in ${milliseconds(samples.made[voice.voice_id] ?? 0)}`}
            </p>
            <div className="row" style={{ flexWrap: "nowrap" }}>
              <Listen voice={voice} manner={manner} samples={samples} />
              <button
                type="button"
                className="button"
                aria-pressed={voice.voice_id === chosen}
                onClick={() => onChoose(voice.voice_id)}
              >
                {voice.voice_id === chosen ? "The agent's voice" : "Take this one"}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
