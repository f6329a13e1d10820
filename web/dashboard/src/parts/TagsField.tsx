// Several short words: each is shown as one, taken away by its ×, and the last one by Backspace.

import { type KeyboardEvent, type ReactNode, useState } from "react";
import { Field } from "./Field";

interface Props {
  label: string;
  meaning?: ReactNode;
  tags: readonly string[];
  onChange: (tags: string[]) => void;
}

const LONGEST = 128;

export function TagsField({ label, meaning, tags, onChange }: Props) {
  const [typed, type] = useState("");
  const take = (text: string) => {
    const added = text.split(",").map((each) => each.trim().slice(0, LONGEST));
    onChange([...new Set([...tags, ...added.filter(Boolean)])]);
    type("");
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return; // Enter ends a word of the keyboard's, not the tag
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      take(typed);
    } else if (event.key === "Backspace" && typed === "" && tags.length > 0) {
      onChange(tags.slice(0, -1));
    }
  };
  return (
    <Field label={label} meaning={meaning}>
      {(parts) => (
        <div className="input tags-field">
          {tags.map((tag) => (
            <span key={tag} className="tag" dir="auto">
              <span className="clip">{tag}</span>
              <button
                type="button"
                className="inside"
                aria-label={`Remove the tag ${tag}`}
                onClick={() => onChange(tags.filter((each) => each !== tag))}
              >
                ×
              </button>
            </span>
          ))}
          <input
            {...parts}
            dir="auto"
            value={typed}
            onChange={(event) =>
              event.target.value.includes(",") ? take(event.target.value) : type(event.target.value)
            }
            onKeyDown={pressed}
            onBlur={() => typed.trim() && take(typed)}
          />
        </div>
      )}
    </Field>
  );
}
