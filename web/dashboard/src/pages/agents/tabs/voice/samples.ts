// A sentence spoken by a voice, played in the page: one at a time, or several in a row. What was made once is kept.

import { useCallback, useEffect, useRef, useState } from "react";
import { callForSound } from "../../../../api/call";
import { noteFailure } from "../../../../shell/notes";

export interface Manner {
  text: string;
  language: string;
  speed: number;
  stability: number;
  similarity: number;
}

interface Sample {
  url: string;
  /** How long it took until all of it was here. */
  madeInSeconds: number;
}

const MOST_KEPT = 40;

export function useSamples() {
  const kept = useRef(new Map<string, Promise<Sample>>());
  const sound = useRef<HTMLAudioElement | null>(null);
  const turn = useRef(0);
  const [playing, setPlaying] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(false);
  const [made, setMade] = useState<Record<string, number>>({});

  useEffect(() => {
    const all = kept.current;
    return () => {
      turn.current += 1;
      sound.current?.pause();
      for (const each of all.values())
        each.then(({ url }) => URL.revokeObjectURL(url)).catch(() => undefined);
    };
  }, []);

  const stop = useCallback(() => {
    turn.current += 1;
    sound.current?.pause();
    sound.current = null;
    setPlaying(null);
    setWaiting(false);
  }, []);

  /** Lets these voices say it, one after the other. */
  const play = useCallback(
    async (ids: readonly string[], manner: Manner) => {
      stop();
      const mine = turn.current;
      try {
        for (const id of ids) {
          setPlaying(id);
          setWaiting(true);
          const sample = await sampleOf(kept.current, id, manner);
          if (turn.current !== mine) return;
          setMade((before) => ({ ...before, [id]: sample.madeInSeconds }));
          setWaiting(false);
          const audio = new Audio(sample.url);
          sound.current = audio;
          await heard(audio);
          if (turn.current !== mine) return;
        }
        stop();
      } catch (error) {
        if (turn.current !== mine) return;
        stop();
        noteFailure(error);
      }
    },
    [stop],
  );

  return { playing, waiting, made, play, stop };
}

export type Samples = ReturnType<typeof useSamples>;

function sampleOf(kept: Map<string, Promise<Sample>>, id: string, manner: Manner): Promise<Sample> {
  const key = JSON.stringify([id, manner]);
  const found = kept.get(key);
  if (found) return found;
  const making = makeSample(id, manner);
  kept.set(key, making);
  making.catch(() => kept.delete(key));
  const oldest = kept.keys().next().value;
  if (kept.size > MOST_KEPT && oldest !== undefined) {
    kept
      .get(oldest)
      ?.then(({ url }) => URL.revokeObjectURL(url))
      .catch(() => undefined);
    kept.delete(oldest);
  }
  return making;
}

async function makeSample(voice_id: string, manner: Manner): Promise<Sample> {
  const { text, language, speed, stability, similarity } = manner;
  const began = performance.now();
  const blob = await callForSound("POST /v1/text-to-speech/{voice_id}", {
    path: { voice_id },
    query: { output_format: "wav_24000" },
    body: {
      text,
      ...(language ? { language_code: language } : {}),
      voice_settings: { speed, stability, similarity_boost: similarity },
    },
  });
  return { url: URL.createObjectURL(blob), madeInSeconds: (performance.now() - began) / 1000 };
}

/** Plays it to its end, or until somebody stops it. */
function heard(audio: HTMLAudioElement): Promise<void> {
  return new Promise((done, failed) => {
    audio.onended = () => done();
    audio.onpause = () => done();
    audio.onerror = () => failed(new Error("The browser cannot play this sound."));
    audio.play().catch(failed);
  });
}
