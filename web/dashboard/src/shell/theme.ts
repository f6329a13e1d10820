// Light, dark, or as the system has it; remembered in this browser.

import { keep, kept } from "../words/keeping";
import { store } from "../words/store";

export type Theme = "system" | "light" | "dark";
const KEY = "vivavoce.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function remembered(): Theme {
  const stored = kept(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export const theme = store<Theme>(remembered());

export function chooseTheme(wanted: Theme): void {
  keep(KEY, wanted);
  theme.set(wanted);
}

function show(): void {
  const wanted = theme.get();
  const shown = wanted === "system" ? (dark.matches ? "dark" : "light") : wanted;
  document.documentElement.dataset.theme = shown;
}

export function followTheme(): void {
  theme.subscribe(show);
  dark.addEventListener("change", show);
  show();
}
