// What the builds of the dashboard and of the widget share: packed files, and the licences of what is bundled.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

export const MODULES = join(import.meta.dirname, "node_modules");

/** Packs what a browser may take packed, once, so that no server has to. */
export function packed(): Plugin {
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

/** The licences of everything that is bundled, which have to go where it goes; `others` are folders of packages too. */
export function licences(fileName: string, others: (modules: string[]) => string[]): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
      const packages = modules.map(packageOf).filter((folder) => folder !== null);
      const texts = [...new Set([...packages, ...others(modules)])].sort().map(licenceOf);
      this.emitFile({ type: "asset", fileName, source: [...new Set(texts)].join("\n\n") });
    },
  };
}

interface Modules {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

const reached = new Map<string, Set<string>>();

/** The modules that one of them comes with, itself included; those that it only loads later are not. */
export function reachedFrom(begin: string, modules: Modules): Set<string> {
  let found = reached.get(begin);
  if (!found) {
    found = new Set([begin]);
    // A set is gone through to its end, also where it grows meanwhile.
    for (const id of found) for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next);
    reached.set(begin, found);
  }
  return found;
}

function packageOf(module: string): string | null {
  const found = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module);
  return found?.[1] ?? null;
}

export function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${name} ${version} (${license})\n${text}`;
}
