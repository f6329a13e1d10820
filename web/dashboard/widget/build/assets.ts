// The files beside the widget's script: audio worklets, flags, the orb's texture. Each name carries the hash of what is in
// it, so a browser may keep it for good.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { MODULES } from "../../plugins.ts";
import { noisePng } from "./noise.ts";

const WIDGET = join(MODULES, "@elevenlabs/convai-widget-core/dist/index.js");
const FLAGS = join(MODULES, "circle-flags/flags");
const WORKLETS = {
  RAW_AUDIO: "@elevenlabs/client/worklets/rawAudioProcessor.js",
  SOUND_QUEUE: "@elevenlabs/client/worklets/audioConcatProcessor.js",
  RESAMPLER: "@alexanderolsen/libsamplerate-js/dist/libsamplerate.worklet.js",
};

interface Made {
  /** What the script calls it, and its name or the beginning of its names. */
  names: Record<string, string>;
  files: Record<string, Buffer>;
}

const hashOf = (...contents: Buffer[]) =>
  contents
    .reduce((hash, each) => hash.update(each), createHash("sha256"))
    .digest("hex")
    .slice(0, 10);

/** The flags of the languages that the widget knows. */
function flagCodes(): string[] {
  const codes = [...readFileSync(WIDGET, "utf8").matchAll(/flagCode: "([a-z-]+)"/g)].map(
    ([, code]) => code as string,
  );
  if (codes.length < 50)
    throw new Error(`The widget names ${codes.length} flags; there were 70. Look at its languages.`);
  return [...new Set(codes)].sort();
}

export function made(): Made {
  const [names, files]: [Made["names"], Made["files"]] = [{}, {}];
  for (const [name, path] of Object.entries(WORKLETS)) {
    const content = readFileSync(join(MODULES, path));
    names[name] = `${name.toLowerCase().replace("_", "-")}-${hashOf(content)}.js`;
    files[names[name]] = content;
  }
  const noise = noisePng();
  names.NOISE = `noise-${hashOf(noise)}.png`;
  files[names.NOISE] = noise;
  const flags = flagCodes().map((code): [string, Buffer] => [code, flagOf(code)]);
  names.FLAGS = `flag-${hashOf(...flags.map(([, content]) => content))}`;
  for (const [code, content] of flags) files[`${names.FLAGS}-${code}.svg`] = content;
  return { names, files };
}

function flagOf(code: string): Buffer {
  // Some files of that package hold nothing but the name of another one.
  const text = readFileSync(join(FLAGS, `${code}.svg`), "utf8");
  return /^[\w-]+\.svg\s*$/.test(text) ? readFileSync(join(FLAGS, text.trim())) : Buffer.from(text);
}

/** Writes the files, and tells the script their names as `vivavoce:assets`. */
export function assets(folder: string): Plugin {
  const { names, files } = made();
  return {
    name: "assets",
    resolveId: (id) => (id === "vivavoce:assets" ? `\0${id}` : null),
    load: (id) =>
      id === "\0vivavoce:assets"
        ? Object.entries(names)
            .map(([name, file]) => `export const ${name} = ${JSON.stringify(file)};`)
            .join("\n")
        : null,
    generateBundle() {
      for (const [name, source] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName: `${folder}/${name}`, source });
      }
    },
  };
}

/** Packages that are inside the widget's own bundle: it names the folder of each. */
export function bundledWithin(): string[] {
  const regions = [
    ...readFileSync(WIDGET, "utf8").matchAll(/^\/\/#region .*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm),
  ];
  const names = new Set(regions.map(([, name]) => name as string));
  const known = new Set(readdirSync(MODULES, { recursive: false }).map(String));
  const missing = [...names].filter((name) => !known.has(name.split("/")[0] as string));
  if (missing.length > 0)
    throw new Error(`The widget bundles packages whose licences are not here: ${missing}.`);
  return [...names, "circle-flags", "@alexanderolsen/libsamplerate-js"].map((name) => join(MODULES, name));
}
