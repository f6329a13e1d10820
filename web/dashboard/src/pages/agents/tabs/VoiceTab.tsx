// How the agent sounds: every voice there is, to listen to and to compare, and how it is used.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, callForSound } from "../../../api/call";
import type { Schemas } from "../../../api/contract";
import { Field, RangeField } from "../../../parts/Field";
import { Icon } from "../../../parts/Icon";
import { Empty, Tag, Waiting } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { noteFailure } from "../../../shell/notes";
import { ranked } from "../../../words/ranking";
import { type Editing, numberAt, textAt } from "../useDocument";

const TTS = ["conversation_config", "tts"] as const;
type Voice = Schemas["VoiceResponseModel"];

const voices = queryOptions({
  queryKey: ["voices"],
  queryFn: ({ signal }) => call("GET /v1/voices", { signal }),
  staleTime: 60_000,
});

export function VoiceTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const chosen = textAt(doc, [...TTS, "voice_id"]);
  return (
    <div className="stack loose">
      <section className="stack">
        <h2>Voice</h2>
        <Catalogue
          chosen={chosen}
          onChoose={(id) => edit([...TTS, "voice_id"], id)}
          sample={textAt(doc, ["conversation_config", "agent", "first_message"])}
        />
      </section>
      <section className="card">
        <h2>How it speaks</h2>
        <div className="fields">
          <RangeField
            label="Speed"
            min={0.7}
            max={1.2}
            step={0.01}
            shown={(value) => `${value.toFixed(2)} ×`}
            value={numberAt(doc, [...TTS, "speed"]) ?? 1}
            onChange={(value) => edit([...TTS, "speed"], value)}
            meaning="1 is the voice's own pace."
          />
          <RangeField
            label="Stability"
            min={0}
            max={1}
            step={0.05}
            value={numberAt(doc, [...TTS, "stability"]) ?? 0.5}
            onChange={(value) => edit([...TTS, "stability"], value)}
            meaning="Less is livelier, more is steadier. Voices that have no such knob ignore it."
          />
          <RangeField
            label="Similarity"
            min={0}
            max={1}
            step={0.05}
            value={numberAt(doc, [...TTS, "similarity_boost"]) ?? 0.8}
            onChange={(value) => edit([...TTS, "similarity_boost"], value)}
            meaning="How closely a copied voice keeps to its original. Voices that have no such knob ignore it."
          />
        </div>
      </section>
    </div>
  );
}

function Catalogue(props: { chosen: string; onChoose: (id: string) => void; sample: string }) {
  const found = useQuery(voices);
  const [search, setSearch] = useState("");
  const [text, setText] = useState(props.sample || "Hello, how can I help you today?");
  const player = usePlayer();
  if (found.error) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="voices" />;
  const all = found.data.voices;
  const shown = ranked(all, search, (voice) => `${voice.name} ${Object.values(voice.labels).join(" ")}`);
  if (all.length === 0) {
    return (
      <Empty icon="microphone" title="No voice is here yet">
        <p>
          Local voices come with <code>vivavoce models fetch</code>; others are named in the settings of the
          server.
        </p>
      </Empty>
    );
  }
  const isKnown = all.some((voice) => voice.voice_id === props.chosen);
  return (
    <div className="stack">
      <div className="fields">
        <Field label="Find a voice" meaning="By name, language, accent or gender.">
          {(parts) => (
            <input
              {...parts}
              className="input"
              type="search"
              value={search}
              onChange={(e) => setSearch(e.target.value)}
            />
          )}
        </Field>
        <Field label="Let them say" meaning="Play several, one after the other, to compare.">
          {(parts) => (
            <input
              {...parts}
              className="input"
              dir="auto"
              maxLength={300}
              value={text}
              onChange={(e) => setText(e.target.value)}
            />
          )}
        </Field>
      </div>
      {!isKnown && props.chosen && (
        <p className="notice">
          The voice <span className="mono">{props.chosen}</span> is not here; calls are spoken by the server's
          own voice.
        </p>
      )}
      <fieldset>
        <legend className="hidden-text">Voices</legend>
        <div className="voices">
          {shown.map((voice) => (
            <VoiceCard
              key={voice.voice_id}
              voice={voice}
              isChosen={voice.voice_id === props.chosen}
              isPlaying={player.playing === voice.voice_id}
              onChoose={() => props.onChoose(voice.voice_id)}
              onPlay={() => player.toggle(voice.voice_id, text)}
            />
          ))}
        </div>
      </fieldset>
    </div>
  );
}

function VoiceCard(props: {
  voice: Voice;
  isChosen: boolean;
  isPlaying: boolean;
  onChoose: () => void;
  onPlay: () => void;
}) {
  const { voice, isChosen, isPlaying, onChoose, onPlay } = props;
  const languages = [...new Set(voice.verified_languages.map(({ language }) => language))];
  return (
    <div className="voice template">
      <label className="row grow" style={{ flexWrap: "nowrap" }}>
        <input type="radio" name="voice" checked={isChosen} onChange={onChoose} />
        <span className="stack tight">
          <strong>{voice.name}</strong>
          <span className="small soft">{voice.description || Object.values(voice.labels).join(", ")}</span>
          <span className="row" style={{ gap: "0.3rem" }}>
            {languages.slice(0, 6).map((each) => (
              <Tag key={each}>{each}</Tag>
            ))}
          </span>
        </span>
      </label>
      <button
        type="button"
        className="button square"
        onClick={onPlay}
        aria-label={isPlaying ? `Stop ${voice.name}` : `Listen to ${voice.name}`}
      >
        <Icon name={isPlaying ? "stop" : "play"} />
      </button>
    </div>
  );
}

/** Plays one voice at a time. */
function usePlayer() {
  const [playing, setPlaying] = useState<string | null>(null);
  const sound = useRef<HTMLAudioElement | null>(null);
  const turn = useRef(0);
  const stop = () => {
    turn.current += 1;
    sound.current?.pause();
    sound.current = null;
    setPlaying(null);
  };
  useEffect(() => () => sound.current?.pause(), []);
  async function toggle(id: string, text: string) {
    const isStop = playing === id;
    stop();
    if (isStop) return;
    const mine = turn.current;
    setPlaying(id);
    try {
      const blob = await callForSound("POST /v1/text-to-speech/{voice_id}", {
        path: { voice_id: id },
        query: { output_format: "wav_24000" },
        body: { text },
      });
      if (turn.current !== mine) return;
      const audio = new Audio(URL.createObjectURL(blob));
      audio.onended = stop;
      sound.current = audio;
      await audio.play();
    } catch (error) {
      if (turn.current === mine) {
        stop();
        noteFailure(error);
      }
    }
  }
  return { playing, toggle: (id: string, text: string) => void toggle(id, text) };
}
