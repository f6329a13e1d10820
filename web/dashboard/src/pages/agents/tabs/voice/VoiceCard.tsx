// One voice: what it is like, how it sounds, and whether it is the agent's.

import { Icon } from "../../../../parts/Icon";
import { Tag } from "../../../../parts/states";
import type { Manner, Samples } from "./samples";
import { languagesIn, type Voice } from "./voice";

const MOST_LANGUAGES = 5;

interface Props {
  voice: Voice;
  isChosen: boolean;
  isCompared: boolean;
  onChoose: () => void;
  onCompare: () => void;
  manner: Manner;
  samples: Samples;
}

export function VoiceCard({ voice, isChosen, isCompared, onChoose, onCompare, manner, samples }: Props) {
  const languages = languagesIn(voice);
  return (
    <div className="voice template">
      <label className="row grow" style={{ flexWrap: "nowrap" }}>
        <input type="radio" name="voice" checked={isChosen} onChange={onChoose} />
        <span className="stack tight grow">
          <strong dir="auto">{voice.name}</strong>
          <span className="small soft">{voice.description || Object.values(voice.labels).join(", ")}</span>
          <span className="row" style={{ gap: "0.3rem" }}>
            {languages.slice(0, MOST_LANGUAGES).map((each) => (
              <Tag key={each}>{each}</Tag>
            ))}
            {languages.length > MOST_LANGUAGES && (
              <span className="small soft">and {languages.length - MOST_LANGUAGES} more</span>
            )}
          </span>
        </span>
      </label>
      <div className="stack tight">
        <Listen voice={voice} manner={manner} samples={samples} />
        <button
          type="button"
          className="button square"
          aria-pressed={isCompared}
          aria-label={`Compare ${voice.name}`}
          title="Compare it with others"
          onClick={onCompare}
        >
          <Icon name={isCompared ? "check" : "beside"} />
        </button>
      </div>
    </div>
  );
}

export function Listen({ voice, manner, samples }: { voice: Voice; manner: Manner; samples: Samples }) {
  const isPlaying = samples.playing === voice.voice_id;
  return (
    <button
      type="button"
      className="button square"
      aria-busy={isPlaying && samples.waiting}
      aria-label={isPlaying ? `Stop ${voice.name}` : `Listen to ${voice.name}`}
      onClick={() => (isPlaying ? samples.stop() : void samples.play([voice.voice_id], manner))}
    >
      <Icon name={isPlaying ? "stop" : "play"} />
    </button>
  );
}
