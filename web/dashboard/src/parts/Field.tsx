// A labelled field with its meaning beside it, and what is wrong with it.

import { type ReactNode, useId } from "react";

interface Common {
  label: string;
  meaning?: ReactNode;
  wrong?: string | undefined;
}

export interface FieldParts {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

export function Field({
  label,
  meaning,
  wrong,
  children,
}: Common & { children: (parts: FieldParts) => ReactNode }) {
  const id = useId();
  const told = `${id}-told`;
  const parts: FieldParts = { id };
  if (meaning || wrong) parts["aria-describedby"] = told;
  if (wrong) parts["aria-invalid"] = true;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(parts)}
      {(meaning || wrong) && (
        <div id={told} className={wrong ? "wrong" : "meaning"}>
          {wrong ?? meaning}
        </div>
      )}
    </div>
  );
}

export function TextField({
  value,
  onChange,
  type = "text",
  placeholder,
  required,
  autoComplete = "off",
  ...common
}: Common & {
  value: string;
  onChange: (value: string) => void;
  type?: string;
  placeholder?: string;
  required?: boolean;
  autoComplete?: string;
}) {
  return (
    <Field {...common}>
      {(parts) => (
        <input
          {...parts}
          className="input"
          type={type}
          value={value}
          placeholder={placeholder}
          required={required}
          autoComplete={autoComplete}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function AreaField({
  value,
  onChange,
  rows = 4,
  placeholder,
  mono = false,
  ...common
}: Common & {
  value: string;
  onChange: (value: string) => void;
  rows?: number;
  placeholder?: string;
  mono?: boolean;
}) {
  return (
    <Field {...common}>
      {(parts) => (
        <textarea
          {...parts}
          className={`input${mono ? " mono" : ""}`}
          rows={rows}
          dir="auto"
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function ChoiceField({
  value,
  onChange,
  choices,
  ...common
}: Common & { value: string; onChange: (value: string) => void; choices: readonly Choice[] }) {
  const known = choices.some((each) => each.value === value);
  return (
    <Field {...common}>
      {(parts) => (
        <select {...parts} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          {!known && <option value={value}>{value || "(none)"}</option>}
          {choices.map((each) => (
            <option key={each.value} value={each.value}>
              {each.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What is wrong with a number that goes too far. */
export function outside(value: number | null, min?: number, max?: number): string | undefined {
  if (value === null) return undefined;
  if (min !== undefined && value < min) return `It has to be at least ${min.toLocaleString()}.`;
  if (max !== undefined && value > max) return `It can be ${max.toLocaleString()} at most.`;
  return undefined;
}

export function NumberField({
  value,
  onChange,
  min,
  max,
  step = 1,
  unit,
  placeholder,
  ...common
}: Common & {
  value: number | null;
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  /** What an empty field means. */
  placeholder?: string | undefined;
}) {
  const label = unit ? `${common.label} (${unit})` : common.label;
  return (
    <Field {...common} label={label} wrong={common.wrong ?? outside(value, min, max)}>
      {(parts) => (
        <input
          {...parts}
          className="input"
          type="number"
          inputMode="decimal"
          value={value ?? ""}
          min={min}
          max={max}
          step={step}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
        />
      )}
    </Field>
  );
}

export function RangeField({
  value,
  onChange,
  min,
  max,
  step,
  shown,
  ...common
}: Common & {
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  step: number;
  shown?: (value: number) => string;
}) {
  return (
    <Field {...common} label={`${common.label}: ${shown ? shown(value) : value}`}>
      {(parts) => (
        <input
          {...parts}
          type="range"
          value={value}
          min={min}
          max={max}
          step={step}
          onChange={(event) => onChange(Number(event.target.value))}
        />
      )}
    </Field>
  );
}

export function CheckField({
  label,
  meaning,
  value,
  onChange,
}: Common & { value: boolean; onChange: (value: boolean) => void }) {
  const id = useId();
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={value}
        aria-describedby={meaning ? `${id}-told` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {meaning && (
        <div id={`${id}-told`} className="meaning">
          {meaning}
        </div>
      )}
    </div>
  );
}
