// Builds the widget: the published one, with its addresses changed to ours, as one classic script.

import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { licences, packed } from "../plugins.ts";
import { assets, bundledWithin } from "./build/assets.ts";
import { CHANGED, changed, LEFT_OUT, strangersIn } from "./build/changes.ts";

const SCRIPT = "widget.js";
const FOLDER = "embed";
const OURS = ["server", "echoes", "refusals", "styles"].map((name) => [
  `vivavoce:${name}`,
  join(import.meta.dirname, `${name}.ts`),
]);
const NOTICE = `/*! The widget is @elevenlabs/convai-widget-core 0.14.8 (MIT, Copyright (c) 2025 ElevenLabs), changed to talk to the
 * server that this script comes from. Its licence and those of all that is in it: ${FOLDER}/licences.txt beside it. */`;

/** Lays our changes over the published files, and refuses a script that still names somebody else. */
function ours(): Plugin {
  const fitted = new Set<string>();
  return {
    name: "ours",
    enforce: "pre",
    resolveId: (id, importer) =>
      id === "preact-custom-element" && importer?.includes("convai-widget-core")
        ? join(import.meta.dirname, "element.ts")
        : null,
    transform(code, id) {
      const path = id.split("?")[0] ?? id;
      const left = Object.keys(LEFT_OUT).find((each) => path.endsWith(each));
      if (left) return { code: LEFT_OUT[left] as string, map: null };
      const file = CHANGED.find((each) => path.endsWith(each.file));
      if (!file) return null;
      fitted.add(file.file);
      return { code: changed(code, file), map: null };
    },
    buildEnd(error) {
      const missed = CHANGED.filter(({ file }) => !fitted.has(file)).map(({ file }) => file);
      if (!error && missed.length > 0)
        throw new Error(`The widget no longer uses ${missed}; widget/build/changes.ts does.`);
    },
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const strangers = file.type === "chunk" ? strangersIn(file.code) : [];
        if (strangers.length > 0) {
          throw new Error(
            `The widget's script still names others: ${strangers.join(", ")}. See widget/build/changes.ts.`,
          );
        }
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [ours(), assets(FOLDER), licences(`${FOLDER}/licences.txt`, bundledWithin), packed()],
  resolve: { alias: Object.fromEntries(OURS) },
  build: {
    target: "es2022",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    modulePreload: false,
    rolldownOptions: {
      input: join(import.meta.dirname, "entry.ts"),
      output: { format: "iife", entryFileNames: SCRIPT, postBanner: NOTICE },
    },
  },
});
