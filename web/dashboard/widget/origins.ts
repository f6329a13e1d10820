// Which server a script's tag stands for.

/** An address, or null for what is none. (`URL.canParse` is younger than many browsers that visitors have.) */
export function addressIn(text: string | undefined, base?: string): URL | null {
  try {
    return text ? new URL(text, base) : null;
  } catch {
    return null;
  }
}

/** The origin that a script's tag stands for; where the tag says nothing that can be understood, that of the page. */
export function originOf(tag: { src: string; dataset: DOMStringMap } | null, page: string): string {
  const told = addressIn(tag?.dataset.server, page) ?? addressIn(tag?.src, page);
  return (told ?? new URL(page)).origin;
}
