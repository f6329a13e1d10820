// How the agent sounds: every voice there is, to listen to and to compare, and how it speaks.

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { AreaField, ChoiceField, Field, RangeField } from "../../../parts/Field";
import { Empty, Waiting } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { nameOf } from "../../../words/languages";
import { limitsOf } from "../../../words/limits";
import { at, isObject } from "../../../words/patch";
import { ranked } from "../../../words/ranking";
import { filledIn } from "../../../words/variables";
import { type Editing, numberAt, textAt } from "../useDocument";
import { numberOf } from "./NumberSetting";
import { Comparison } from "./voice/Comparison";
import { type Manner, type Samples, useSamples } from "./voice/samples";
import { VoiceCard } from "./voice/VoiceCard";
import { languagesIn, type Voice, voices } from "./voice/voice";

const TTS = ["conversation_config", "tts"] as const;
const AGENT = ["conversation_config", "agent"] as const;

export function VoiceTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const found = useQuery(voices);
  const samples = useSamples();
  const [text, setText] = useState(() => sentenceIn(editing));
  if (found.error && !found.data) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="voices" />;
  const all = found.data.voices;
  if (all.length === 0) return <NoVoices />;
  const chosen = textAt(doc, [...TTS, "voice_id"]);
  const current = all.find((voice) => voice.voice_id === chosen);
  const manner: Manner = {
    text: text.trim() || DEFAULT_SENTENCE,
    language: textAt(doc, [...AGENT, "language"]),
    speed: numberOf(editing, [...TTS, "speed"]),
    stability: numberOf(editing, [...TTS, "stability"]),
    similarity: numberOf(editing, [...TTS, "similarity_boost"]),
  };
  return (
    <div className="stack loose">
      <section className="stack">
        <h2>Voice</h2>
        {!current && chosen && (
          <p className="notice">
            <span>
              The voice <span className="mono anywhere">{chosen}</span> is not here; calls are spoken by the
              one most like it that is, and their record says so.
            </span>
          </p>
        )}
        <Catalogue
          all={all}
          chosen={chosen}
          onChoose={(id) => edit([...TTS, "voice_id"], id)}
          text={text}
          onText={setText}
          manner={manner}
          samples={samples}
        />
      </section>
      <Knobs editing={editing} voice={current} samples={samples} manner={manner} />
    </div>
  );
}

const DEFAULT_SENTENCE = "Hello, how can I help you today?";
const LONGEST_SENTENCE = 300;

/** What the agent says first, with the variables' test values in it. */
function sentenceIn({ doc }: Editing): string {
  const given = at(doc, [...AGENT, "dynamic_variables", "dynamic_variable_placeholders"]);
  const first = filledIn(textAt(doc, [...AGENT, "first_message"]), isObject(given) ? given : {});
  return first.slice(0, LONGEST_SENTENCE) || DEFAULT_SENTENCE;
}

function NoVoices() {
  return (
    <Empty icon="microphone" title="No voice is here yet">
      <p>
        Local voices come with <code>vivavoce models fetch</code>; others are named in the settings of the
        server.
      </p>
    </Empty>
  );
}

interface CatalogueProps {
  all: Voice[];
  chosen: string;
  onChoose: (id: string) => void;
  text: string;
  onText: (text: string) => void;
  manner: Manner;
  samples: Samples;
}

function Catalogue({ all, chosen, onChoose, text, onText, manner, samples }: CatalogueProps) {
  const [search, setSearch] = useState("");
  const [language, speak] = useState("");
  const [compared, compare] = useState<readonly string[]>([]);
  const languages = useMemo(() => languagesOf(all), [all]);
  const speaking = language ? all.filter((voice) => languagesIn(voice).includes(language)) : all;
  const shown = ranked(speaking, search, (voice) => `${voice.name} ${Object.values(voice.labels).join(" ")}`);
  const side = compared.flatMap((id) => all.find((voice) => voice.voice_id === id) ?? []);
  const toggle = (id: string) =>
    compare(compared.includes(id) ? compared.filter((each) => each !== id) : [...compared, id]);
  return (
    <div className="stack">
      <div className="fields">
        <Field label="Find a voice" meaning="By name, accent, gender or provider.">
          {(parts) => (
            <input
              {...parts}
              className="input"
              type="search"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
            />
          )}
        </Field>
        {languages.length > 1 && (
          <ChoiceField
            label="That speaks"
            choices={[{ value: "", label: "Any language" }, ...languages]}
            value={language}
            onChange={speak}
          />
        )}
        <AreaField
          label="Let them say"
          rows={2}
          value={text}
          onChange={(value) => onText(value.slice(0, LONGEST_SENTENCE))}
          meaning="Every voice says the same, as fast as it is set below."
        />
      </div>
      {side.length > 0 && (
        <Comparison
          voices={side}
          chosen={chosen}
          onChoose={onChoose}
          onRemove={toggle}
          onEnd={() => compare([])}
          manner={manner}
          samples={samples}
        />
      )}
      {shown.length === 0 && <p className="soft">No voice is like that.</p>}
      <fieldset>
        <legend className="hidden-text">Voices</legend>
        <div className="voices">
          {shown.map((voice) => (
            <VoiceCard
              key={voice.voice_id}
              voice={voice}
              isChosen={voice.voice_id === chosen}
              isCompared={compared.includes(voice.voice_id)}
              onChoose={() => onChoose(voice.voice_id)}
              onCompare={() => toggle(voice.voice_id)}
              manner={manner}
              samples={samples}
            />
          ))}
        </div>
      </fieldset>
    </div>
  );
}

function languagesOf(all: Voice[]) {
  return [...new Set(all.flatMap(languagesIn))]
    .map((value) => ({ value, label: nameOf(value) }))
    .sort((one, other) => one.label.localeCompare(other.label));
}

interface KnobProps {
  editing: Editing;
  voice: Voice | undefined;
  samples: Samples;
  manner: Manner;
}

type Knob = Voice["vivavoce_knobs"][number];

const KNOBS: Record<Knob, { field: string; label: string; meaning: string }> = {
  speed: { field: "speed", label: "Speed", meaning: "1 is the voice's own pace." },
  stability: { field: "stability", label: "Stability", meaning: "Less is livelier, more is steadier." },
  similarity: {
    field: "similarity_boost",
    label: "Similarity",
    meaning: "How closely a copied voice keeps to its original.",
  },
};

function Knobs({ editing: { doc, edit }, voice, samples, manner }: KnobProps) {
  // Of a voice that is not here nobody knows more than that voices have a speed.
  const obeyed: readonly Knob[] = voice?.vivavoce_knobs ?? ["speed"];
  const ignored = (Object.keys(KNOBS) as Knob[]).filter((knob) => !obeyed.includes(knob));
  const isPlaying = voice !== undefined && samples.playing === voice.voice_id;
  return (
    <section className="card stack">
      <div className="row apart">
        <h2>How it speaks</h2>
        {voice && (
          <button
            type="button"
            className="button slim"
            onClick={() => (isPlaying ? samples.stop() : void samples.play([voice.voice_id], manner))}
          >
            {isPlaying ? "Stop" : `Listen to ${voice.name} like this`}
          </button>
        )}
      </div>
      <div className="fields">
        {obeyed.map((knob) => {
          const { field, label, meaning } = KNOBS[knob];
          const { min = 0, max = 1 } = limitsOf([...TTS, field]);
          return (
            <RangeField
              key={knob}
              label={label}
              min={min}
              max={max}
              step={knob === "speed" ? 0.01 : 0.05}
              {...(knob === "speed" ? { shown: (value: number) => `${value.toFixed(2)} ×` } : {})}
              value={manner[knob]}
              onChange={(value) => edit([...TTS, field], value)}
              meaning={meaning}
            />
          );
        })}
      </div>
      {ignored.length > 0 && (
        <p className="small soft">
          {voice ? `${voice.name} has` : "This voice has"} no knob for {ignored.join(" and ")}. What is set (
          {ignored.map((knob) => setTo(doc, knob)).join(" and ")}) is kept for voices that have one.
        </p>
      )}
    </section>
  );
}

function setTo(doc: Editing["doc"], knob: Knob): string {
  return String(numberAt(doc, [...TTS, KNOBS[knob].field]) ?? "as it is");
}
