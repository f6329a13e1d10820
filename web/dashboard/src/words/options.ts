// What was typed into a provider's form, as the options that the server reads. What was left empty is left out.

export interface OptionShape {
  name: string;
  shape: "text" | "secret" | "number" | "whole" | "flag" | "choice" | "list" | "table" | "json";
  default: unknown;
}

export type Typed = Record<string, string | boolean>;

export interface Options {
  options: Record<string, unknown>;
  wrong: Record<string, string>;
}

export function typedOptions(fields: OptionShape[], typed: Typed): Options {
  const found: Options = { options: {}, wrong: {} };
  for (const field of fields) {
    const value = typed[field.name];
    if (value === undefined || value === "") continue;
    const read = readValue(field, value);
    if ("wrong" in read) found.wrong[field.name] = read.wrong;
    else if (read.value !== field.default) found.options[field.name] = read.value;
  }
  return found;
}

type Read = { value: unknown } | { wrong: string };

function readValue({ shape }: OptionShape, value: string | boolean): Read {
  if (typeof value === "boolean") return { value };
  const text = value.trim();
  switch (shape) {
    case "number":
    case "whole": {
      const number = Number(text);
      const fits = shape === "whole" ? Number.isInteger(number) : Number.isFinite(number);
      return fits ? { value: number } : { wrong: shape === "whole" ? "A whole number." : "A number." };
    }
    case "list":
      return {
        value: text
          .split(",")
          .map((each) => each.trim())
          .filter(Boolean),
      };
    case "table":
      return table(text);
    case "json":
      return json(text);
    default:
      return { value: text };
  }
}

/** A line for each entry: name = value. */
function table(text: string): Read {
  const entries: Record<string, string> = {};
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const at = line.indexOf("=");
    if (at < 1) return { wrong: "A line for each, as in: name = value" };
    entries[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { value: entries };
}

function json(text: string): Read {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value };
  } catch {
    // Told below.
  }
  return { wrong: 'A JSON object, as in: {"name": "value"}' };
}

/** What stands in an empty field: the default, or what it could look like. */
export function example({ shape, default: given }: OptionShape): string {
  if (Array.isArray(given) && given.length > 0) return given.join(", ");
  if (typeof given === "string" || typeof given === "number") return String(given);
  if (shape === "list") return "one, another";
  if (shape === "table") return "name = value";
  return shape === "json" ? '{"name": "value"}' : "";
}
