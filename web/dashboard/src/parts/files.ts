// Files to and from the person's machine.

export function saveJson(name: string, content: unknown): void {
  const text = JSON.stringify(content, null, 2);
  save(name, new Blob([text], { type: "application/json" }));
}

/** Saves what the server has at an address. */
export async function saveFrom(address: string, name: string): Promise<void> {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`The server answered with the status ${reply.status}.`);
  save(name, await reply.blob());
}

function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A name that every file system takes. */
export function fileName(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[-.]+|-+$/g, "");
  return plain.slice(0, 80) || "agent";
}
