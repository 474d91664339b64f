// addressesIn are the addresses in a text, separated as people and programs do, each once. A name before an address, as in
// "Ada <ada@example.com>", is left out.
export function addressesIn(text: string): string[] {
  const angled = text.replace(/"[^"\n]*"[ \t]*(?=<)/g, " ").replace(/(?<=^|[\s;,])(?:[^\s<>;,@]+[ \t]+)*<([^<>\s]+)>/g, " $1 ");
  const found = new Map<string, string>();
  for (const address of angled.split(/[\s;,]+/).filter(Boolean)) {
    const key = address.toLowerCase();
    found.set(key, found.get(key) ?? address);
  }
  return [...found.values()];
}

// isInvitable is the contract's pattern of an address, with one @ alone.
export const isInvitable = (address: string) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address);
