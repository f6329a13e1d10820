// The microphone, tried out before the call: which one, and whether it hears anything. Nothing of it leaves the page.

import { useCallback, useEffect, useRef, useState } from "react";
import { type Obstacle, obstacleOf, obstacleOfThisPage } from "../call/microphone";
import { Level } from "../call/Turns";
import { ChoiceField } from "../parts/Field";
import { Icon } from "../parts/Icon";
import { obstacleInWords } from "./trouble";
import type { Words } from "./words";

interface Props {
  words: Words;
  mayChat: boolean;
  microphone: string | undefined;
  onChoose: (id: string | undefined) => void;
}

interface Open {
  volume: () => number;
  close: () => void;
}

const HEARD = 0.06;

export function MicrophoneCheck({ words, mayChat, microphone, onChoose }: Props) {
  const [open, setOpen] = useState<Open | null>(null);
  const [obstacle, meet] = useState<Obstacle | null>(null);
  const [devices, list] = useState<MediaDeviceInfo[]>([]);
  const isMounted = useRef(true);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);
  useEffect(() => () => open?.close(), [open]);

  const check = async (id: string | undefined) => {
    meet(null);
    try {
      const here = obstacleOfThisPage();
      if (here) return meet(here);
      const opened = await listen(id);
      if (!isMounted.current) return opened.close();
      setOpen(opened);
      list((await navigator.mediaDevices.enumerateDevices()).filter(isNamedMicrophone));
    } catch (error) {
      setOpen(null);
      meet(obstacleOf(error) ?? "unsupported");
    }
  };

  return (
    <section className="stack tight check-microphone" aria-label={words.microphone}>
      {open ? (
        <>
          <Hearing open={open} words={words} />
          {devices.length > 1 && (
            <ChoiceField
              label={words.microphone}
              value={microphone ?? devices[0]?.deviceId ?? ""}
              onChange={(id) => {
                onChoose(id);
                void check(id);
              }}
              choices={devices.map(({ deviceId, label }) => ({ value: deviceId, label }))}
            />
          )}
          <p>
            <button type="button" className="button slim" onClick={() => setOpen(null)}>
              {words.stop_check}
            </button>
          </p>
        </>
      ) : (
        <p className="row">
          <button type="button" className="button plain slim" onClick={() => void check(microphone)}>
            <Icon name="microphone" />
            {words.check_microphone}
          </button>
        </p>
      )}
      {obstacle && (
        <div className="notice bad" role="alert">
          {obstacleInWords(obstacle, words, mayChat)}
        </div>
      )}
    </section>
  );
}

function Hearing({ open, words }: { open: Open; words: Words }) {
  const [isHeard, hear] = useState(false);
  const volume = useCallback(() => {
    const now = open.volume();
    if (now > HEARD) hear(true);
    return now;
  }, [open]);
  return (
    <>
      <p role="status">{isHeard ? words.microphone_works : words.say_something}</p>
      <Level volume={volume} wide />
    </>
  );
}

/** Until the person allowed the microphone, browsers name none. */
function isNamedMicrophone({ kind, deviceId, label }: MediaDeviceInfo): boolean {
  return kind === "audioinput" && deviceId !== "" && label !== "";
}

async function listen(id: string | undefined): Promise<Open> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: id ? { deviceId: { exact: id } } : true,
  });
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  // Where a browser holds sound back until somebody clicks: they did.
  void context.resume();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    volume: () => {
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length) * 3;
    },
    close: () => {
      for (const track of stream.getTracks()) track.stop();
      void context.close();
    },
  };
}
