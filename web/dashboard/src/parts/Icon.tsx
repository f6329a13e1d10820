// Our own icons, drawn on a grid of 20: two strokes are enough for each.

const PATHS = {
  home: "M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-3.5v-4.5h-5V17H4a1 1 0 0 1-1-1z",
  agents:
    "M10 3v2M6 5h8a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 9v2M12 9v2M2 9v2M18 9v2M8 17h4",
  conversations:
    "M4 4h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H9l-4 3v-3H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM7 8h6M7 11h4",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4",
  moon: "M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12z",
  screen: "M3 4h14v9H3zM7 17h6M10 13v4",
  leave: "M8 3H4v14h4M13 6l4 4-4 4M17 10H8",
  plus: "M10 4v12M4 10h12",
  more: "M4 10h.01M10 10h.01M16 10h.01",
  copy: "M7 7h9v9H7zM4 13V4h9",
  down: "M10 3v10M6 9.5l4 4 4-4M4 17h12",
  up: "M10 14V4M6 7.5l4-4 4 4M4 17h12",
  bin: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  play: "M6 4l10 6-10 6z",
  stop: "M5 5h10v10H5z",
  microphone:
    "M10 3a2.5 2.5 0 0 0-2.5 2.5v4a2.5 2.5 0 0 0 5 0v-4A2.5 2.5 0 0 0 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.5V17",
  mute: "M3 3l14 14M7.5 7.5v2a2.5 2.5 0 0 0 4 2M12.5 8V5.5a2.5 2.5 0 0 0-4.6-1.3M5 9.5a5 5 0 0 0 8 4M10 14.5V17",
  send: "M3 10l14-6-4 13-3-5zM10 12l7-8",
  tool: "M12 3a4 4 0 0 0-3.7 5.5L3 13.8 6.2 17l5.3-5.3A4 4 0 0 0 17 8l-2.5 2.5-2.5-.5-.5-2.5L14 5a4 4 0 0 0-2-2z",
  archive: "M3 4h14v3H3zM4.5 7v9h11V7M8 10.5h4",
  key: "M13 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l-7 7M6 14l2 2",
  people:
    "M7.5 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM2 17c0-3 2.5-5 5.5-5s5.5 2 5.5 5M13 4.5a2.7 2.7 0 0 1 0 5M15 12c2 .6 3 2.4 3 5",
  check: "M4 10.5l4 4 8-9",
  right: "M8 5l5 5-5 5",
  beside: "M3 4h6v12H3zM11 4h6v12h-6z",
  phone: "M5 3h3l1.5 4-2 1.5a10 10 0 0 0 4 4l1.5-2 4 1.5v3a2 2 0 0 1-2 2A13 13 0 0 1 3 5a2 2 0 0 1 2-2z",
  branch:
    "M6 4a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM6 13a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM14 5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM6 7v6M14 8c0 3-8 2-8 5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  const thick = name === "more" ? 2.6 : 1.5;
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={thick}
      aria-hidden="true"
    >
      <path d={PATHS[name]} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
