import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { licences, MODULES, packed, reachedFrom } from "./plugins.ts";

/** What is used as a file beside the scripts, so no script names it as a part. */
const LOADED_AS_FILES = ["@alexanderolsen/libsamplerate-js"].map((name) => join(MODULES, name));

const source = (name: string) => join(import.meta.dirname, "src", name);
const SHARED =
  /[\\/](src[\\/](api|parts|shell|words)|node_modules[\\/](@tanstack|react|react-dom|scheduler|use-sync-external-store))[\\/]/;

export default defineConfig({
  plugins: [react(), licences("assets/licences.txt", () => LOADED_AS_FILES), packed()],
  build: {
    target: "es2022",
    // Two pages: the dashboard, and the one on which people without a login talk to an agent.
    rolldownOptions: {
      input: ["index.html", "talk.html"].map((page) => join(import.meta.dirname, page)),
      // Few files, because each one is asked for by itself: one with what both pages begin with, one with what the
      // dashboard begins with, one with what several of its places share, and all settings in one.
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            {
              debugName: "begin",
              name: (id, modules) => {
                if (reachedFrom(source("talk/main.tsx"), modules).has(id)) return "both";
                return reachedFrom(source("main.tsx"), modules).has(id) ? "dashboard" : null;
              },
              test: SHARED,
              priority: 2,
            },
            { name: "shared", test: SHARED, minShareCount: 2, priority: 1 },
            {
              name: "settings",
              test: /[\\/]src[\\/](pages[\\/]settings[\\/](?!pages\.ts)|words[\\/]options)/,
            },
          ],
        },
      },
    },
    // A file inside a script would be one that the page's policy refuses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": { target: "http://127.0.0.1:8080", ws: true } } },
});
