// How the widget looks: its size, its place, its picture and its colours.

import { useMutation } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { callWithFile } from "../../../../api/call";
import { ChoiceField, Field, NumberField, TextField } from "../../../../parts/Field";
import { Icon } from "../../../../parts/Icon";
import { Trouble } from "../../../../parts/Trouble";
import { at, isObject } from "../../../../words/patch";
import { DARK, isColour, LIGHT, type MainColours, shaded } from "../../../../words/widget";
import { type Editing, numberAt, textAt } from "../../useDocument";
import { AVATAR, STYLES, WIDGET } from "./paths";

const VARIANTS = [
  { value: "full", label: "Full: with a line of text" },
  { value: "compact", label: "Compact: picture and button" },
  { value: "tiny", label: "Tiny: a button" },
];
const PLACES = [
  { value: "bottom-right", label: "Bottom right" },
  { value: "bottom", label: "Bottom" },
  { value: "bottom-left", label: "Bottom left" },
  { value: "top-right", label: "Top right" },
  { value: "top", label: "Top" },
  { value: "top-left", label: "Top left" },
];

export function Looks({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  return (
    <section className="card stack">
      <h2>How it looks</h2>
      <div className="fields">
        <ChoiceField
          label="Size"
          choices={VARIANTS}
          value={textAt(doc, [...WIDGET, "variant"])}
          onChange={(value) => edit([...WIDGET, "variant"], value)}
        />
        <ChoiceField
          label="Place"
          choices={PLACES}
          value={textAt(doc, [...WIDGET, "placement"])}
          onChange={(value) => edit([...WIDGET, "placement"], value)}
        />
      </div>
      <Avatar editing={editing} />
      <Colours editing={editing} />
      <details className="more">
        <summary>Every colour and corner</summary>
        <div className="fields">
          {SHADES.map(([name, label]) => (
            <ColourField
              key={name}
              label={label}
              value={textAt(doc, [...STYLES, name])}
              onChange={(value) => edit([...STYLES, name], value || null)}
            />
          ))}
          {SIZES.map(([name, label, usual]) => (
            <NumberField
              key={name}
              label={label}
              unit="pixels"
              min={0}
              value={numberAt(doc, [...STYLES, name])}
              onChange={(value) => edit([...STYLES, name], value)}
              meaning={usual}
            />
          ))}
        </div>
      </details>
    </section>
  );
}

const SHADES: [string, string][] = [
  ["base_hover", "Ground under the pointer"],
  ["base_active", "Ground when pressed"],
  ["base_border", "Borders"],
  ["base_subtle", "Quiet text"],
  ["base_error", "Errors"],
  ["accent_hover", "Accent under the pointer"],
  ["accent_active", "Accent when pressed"],
  ["accent_border", "Border of the accent"],
  ["accent_subtle", "Quiet text on the accent"],
];
const SIZES: [string, string, string][] = [
  ["overlay_padding", "Distance from the edge", "Usually 32."],
  ["button_radius", "Corners of buttons", "Usually 18."],
  ["input_radius", "Corners of fields", "Usually 10."],
  ["bubble_radius", "Corners of messages", "Usually 15."],
  ["sheet_radius", "Corners of the window", "Usually those of buttons and 6."],
  ["compact_sheet_radius", "Corners of the window, compact", "Usually those of buttons and 12."],
  ["dropdown_sheet_radius", "Corners of menus", "Usually those of fields and 6."],
];

const MAIN: [keyof MainColours, string][] = [
  ["base", "Ground"],
  ["base_primary", "Text"],
  ["accent", "Accent"],
  ["accent_primary", "Text on the accent"],
];

function Colours({ editing: { doc, edit } }: { editing: Editing }) {
  const styles = at(doc, STYLES);
  const known = isObject(styles) ? styles : {};
  const now = Object.fromEntries(
    MAIN.map(([name]) => [name, textAt(doc, [...STYLES, name]) || LIGHT[name]]),
  ) as unknown as MainColours;
  const paint = (colours: MainColours) => edit(STYLES, { ...known, ...shaded(colours) });
  return (
    <div className="stack">
      <div className="fields four">
        {MAIN.map(([name, label]) => (
          <ColourField
            key={name}
            label={label}
            value={now[name]}
            onChange={(value) =>
              isColour(value) ? paint({ ...now, [name]: value }) : edit([...STYLES, name], value || null)
            }
          />
        ))}
      </div>
      <div className="row">
        <button type="button" className="button slim" onClick={() => paint(LIGHT)}>
          <Icon name="sun" />
          Light
        </button>
        <button type="button" className="button slim" onClick={() => paint(DARK)}>
          <Icon name="moon" />
          Dark
        </button>
      </div>
    </div>
  );
}

function ColourField(props: { label: string; value: string; onChange: (value: string) => void }) {
  const { label, value, onChange } = props;
  return (
    <Field label={label}>
      {(parts) => (
        <span className="colour">
          <input
            type="color"
            aria-label={`${label}: choose`}
            value={isColour(value) ? value : "#000000"}
            onChange={(event) => onChange(event.target.value)}
          />
          <input
            {...parts}
            className="input mono"
            spellCheck={false}
            autoComplete="off"
            placeholder="as it comes"
            value={value}
            onChange={(event) => onChange(event.target.value.trim())}
          />
        </span>
      )}
    </Field>
  );
}

const KINDS = [
  { value: "orb", label: "An orb in two colours" },
  { value: "image", label: "A picture of yours" },
  { value: "url", label: "A picture at an address" },
];

function Avatar({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const kind = textAt(doc, [...AVATAR, "type"]) || "orb";
  const choose = (type: string) => {
    const kept = textAt(doc, [...WIDGET, "custom_avatar_path"]);
    if (type === "orb") edit(AVATAR, { type, color_1: "#2792dc", color_2: "#9ce6e6" });
    else edit(AVATAR, type === "image" ? { type, url: kept } : { type, custom_url: "" });
  };
  return (
    <div className="fields">
      <ChoiceField label="Picture" choices={KINDS} value={kind} onChange={choose} />
      {kind === "orb" &&
        (["color_1", "color_2"] as const).map((name, place) => (
          <ColourField
            key={name}
            label={place === 0 ? "First colour" : "Second colour"}
            value={textAt(doc, [...AVATAR, name])}
            onChange={(value) => edit([...AVATAR, name], value)}
          />
        ))}
      {kind === "image" && <Upload editing={editing} />}
      {kind === "url" && (
        <TextField
          label="Address of the picture"
          type="url"
          placeholder="https://…"
          value={textAt(doc, [...AVATAR, "custom_url"])}
          onChange={(value) => edit([...AVATAR, "custom_url"], value)}
          meaning="Visitors' browsers ask that host for it."
        />
      )}
    </div>
  );
}

function Upload({ editing: { agentId, doc, edit } }: { editing: Editing }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const url = textAt(doc, [...AVATAR, "url"]);
  const upload = useMutation({
    mutationFn: (file: File) =>
      callWithFile("POST /v1/vivavoce/agents/{agent_id}/pictures", { agent_id: agentId }, "picture", file),
    onSuccess: ({ path }) => {
      edit(AVATAR, { type: "image", url: path });
      edit([...WIDGET, "custom_avatar_path"], path);
    },
  });
  return (
    <div className="field">
      <label htmlFor={id}>The picture</label>
      <div className="row">
        {url && <img className="face" src={url} alt="The agent as pages show it" />}
        <input
          id={id}
          ref={input}
          className="hidden-text"
          type="file"
          tabIndex={-1}
          accept="image/png,image/jpeg,image/gif,image/webp"
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file) upload.mutate(file);
            target.value = "";
          }}
        />
        <button
          type="button"
          className="button"
          disabled={upload.isPending}
          onClick={() => input.current?.click()}
        >
          <Icon name="up" />
          {upload.isPending ? "Sending…" : "Choose a file…"}
        </button>
      </div>
      <div className="meaning">PNG, JPEG, GIF or WebP, at most 5 MB; square is best.</div>
      {upload.error && <Trouble error={upload.error} />}
    </div>
  );
}
