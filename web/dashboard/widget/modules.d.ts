declare module "vivavoce:assets" {
  export const RAW_AUDIO: string;
  export const SOUND_QUEUE: string;
  export const RESAMPLER: string;
  export const NOISE: string;
  export const FLAGS: string;
}

declare module "preact-custom-element" {
  import type { ComponentType } from "preact";
  export default function register(
    component: ComponentType<Record<string, string | undefined>>,
    tag: string,
    names: string[],
    options: { shadow: boolean; mode: "open" | "closed" },
  ): void;
}
