// randomId is an identifier that nothing else has. crypto.randomUUID would do, but browsers withhold it from pages on
// plain http, except on localhost.
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
