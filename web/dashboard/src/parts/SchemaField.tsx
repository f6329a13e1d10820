// One plain field of the contract as a form shows it: its kind says how, its limits how far.

import type { ReactNode } from "react";
import type { PlainField } from "../api/fields";
import type { Json } from "../words/patch";
import { AreaField, CheckField, ChoiceField, NumberField } from "./Field";

interface Props {
  field: PlainField;
  label: string;
  meaning: ReactNode;
  value: Json | undefined;
  onChange: (value: Json) => void;
}

export function SchemaField({ field, label, meaning, value, onChange }: Props) {
  const common = { label, meaning };
  switch (field.kind) {
    case "flag":
      return <CheckField {...common} value={value === true} onChange={onChange} />;
    case "number":
      return (
        <NumberField
          {...common}
          {...(field.least === undefined ? {} : { min: field.least })}
          {...(field.most === undefined ? {} : { max: field.most })}
          step={field.isWhole ? 1 : 0.1}
          value={typeof value === "number" ? value : null}
          onChange={(typed) => {
            if (typed !== null || field.isNullable) onChange(typed);
          }}
        />
      );
    case "choice":
      return (
        <ChoiceField
          {...common}
          choices={[
            ...(field.isNullable ? [{ value: "", label: "As the model or provider likes" }] : []),
            ...(field.choices ?? []).map((each) => ({ value: each, label: each })),
          ]}
          value={typeof value === "string" ? value : ""}
          onChange={(chosen) => onChange(chosen === "" && field.isNullable ? null : chosen)}
        />
      );
    case "text":
      return (
        <AreaField
          {...common}
          rows={2}
          value={typeof value === "string" ? value : ""}
          onChange={(typed) => onChange(typed === "" && field.isNullable ? null : typed)}
        />
      );
    case "words":
      return (
        <AreaField
          {...common}
          rows={3}
          value={textsIn(value).join("\n")}
          onChange={(typed) => onChange(typed === "" ? [] : typed.split("\n"))}
        />
      );
    case "choices":
      return <Choices field={field} {...common} chosen={textsIn(value)} onChange={onChange} />;
  }
}

function textsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

interface ChoicesProps extends Pick<Props, "field" | "label" | "meaning" | "onChange"> {
  chosen: string[];
}

function Choices({ field, label, meaning, chosen, onChange }: ChoicesProps) {
  const all = [...new Set([...(field.choices ?? []), ...chosen])];
  return (
    <fieldset className="stack tight wide">
      <legend>{label}</legend>
      <p className="meaning">{meaning}</p>
      <div className="fields">
        {all.map((each) => (
          <CheckField
            key={each}
            label={each}
            value={chosen.includes(each)}
            onChange={(isOn) => onChange(isOn ? [...chosen, each] : chosen.filter((other) => other !== each))}
          />
        ))}
      </div>
    </fieldset>
  );
}
