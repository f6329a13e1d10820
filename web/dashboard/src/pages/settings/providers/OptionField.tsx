// One option of a provider as a field, by the shape that its model gives it.

import { AreaField, CheckField, ChoiceField, TextField } from "../../../parts/Field";
import { example } from "../../../words/options";
import type { FormField } from "./queries";

interface Props {
  field: FormField;
  value: string | boolean | undefined;
  wrong: string | undefined;
  onChange: (value: string | boolean) => void;
}

export function OptionField({ field, value, wrong, onChange }: Props) {
  const { name, shape, meaning } = field;
  const text = typeof value === "string" ? value : "";
  const common = { label: name, meaning, wrong, onChange };
  switch (shape) {
    case "flag":
      return (
        <CheckField
          label={name}
          meaning={meaning}
          value={typeof value === "boolean" ? value : field.default === true}
          onChange={onChange}
        />
      );
    case "choice":
      return (
        <ChoiceField
          {...common}
          value={text || String(field.default ?? "")}
          choices={field.choices.map((each) => ({ value: each, label: each }))}
        />
      );
    case "table":
    case "json":
      return <AreaField {...common} rows={2} mono value={text} placeholder={example(field)} />;
    case "secret":
      return <TextField {...common} type="password" autoComplete="new-password" value={text} />;
    default:
      return <TextField {...common} value={text} placeholder={example(field)} required={field.is_required} />;
  }
}
