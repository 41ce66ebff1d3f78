/** Base64 of a text, in the alphabet of RFC 4648 or its URL-safe one, with or without padding. */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Null when it is neither Base64 nor, decoded, UTF-8. */
export function decodeBase64Text(encoded: string): string | null {
  try {
    const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
    return strictUtf8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return null;
  }
}
