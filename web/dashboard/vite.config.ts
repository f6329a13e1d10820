import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Packs what a browser may take packed, once, so that no server has to. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle).filter((each) => /\.(js|css|svg|txt)$/.test(each))) {
        const path = join(dir ?? "", name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

/** The licences of everything that is bundled, which have to go where it goes. */
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
      const packages = new Set(modules.map(packageOf).filter((folder) => folder !== null));
      const texts = [
        ...packages,
        ...LOADED_AS_FILES.map((name) => join(import.meta.dirname, "node_modules", name)),
      ]
        .sort()
        .map(licenceOf);
      this.emitFile({
        type: "asset",
        fileName: "assets/licences.txt",
        source: [...new Set(texts)].join("\n\n"),
      });
    },
  };
}

/** What is used as a file beside the scripts, so no script names it as a part. */
const LOADED_AS_FILES = ["@alexanderolsen/libsamplerate-js"];

function packageOf(module: string): string | null {
  const found = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module);
  return found?.[1] ?? null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${name} ${version} (${license})\n${text}`;
}

export default defineConfig({
  plugins: [react(), licences(), packed()],
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
