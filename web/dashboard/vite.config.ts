import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { licences, MODULES, packed } from "./plugins.ts";

/** What is used as a file beside the scripts, so no script names it as a part. */
const LOADED_AS_FILES = ["@alexanderolsen/libsamplerate-js"].map((name) => join(MODULES, name));

export default defineConfig({
  plugins: [react(), licences("assets/licences.txt", () => LOADED_AS_FILES), packed()],
  build: {
    target: "es2022",
    // Two pages: the dashboard, and the one on which people without a login talk to an agent.
    rolldownOptions: { input: ["index.html", "talk.html"].map((page) => join(import.meta.dirname, page)) },
    // A file inside a script would be one that the page's policy refuses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": { target: "http://127.0.0.1:8080", ws: true } } },
});
