// Light, dark, or as the system has it; remembered in this browser.

import { store } from "../words/store";

export type Theme = "system" | "light" | "dark";
const KEY = "vivavoce.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function remembered(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export const theme = store<Theme>(remembered());

export function chooseTheme(wanted: Theme): void {
  localStorage.setItem(KEY, wanted);
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
