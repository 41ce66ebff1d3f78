/** The time that versions grow with. Milliseconds are all that is known; versions of one identifier differ by one at least. */
export function clockMicroseconds(): number {
  return Date.now() * 1_000;
}
