/** Entity tags over the content of an answer, so that a reader who has it already gets 304 without a body. */
import { hash } from 'node:crypto';

/** Weak: what is measured for each answer, such as its freshness, is not to be in `content`. */
export function entityTagOf(content: unknown): string {
  return `W/"${hash('sha256', JSON.stringify(content), 'base64url').slice(0, 22)}"`;
}

/** @param header of `If-None-Match`; compared weakly, as RFC 9110 has it */
export function matchesEntityTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const opaque = (one: string): string => one.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((one) => opaque(one) === opaque(tag));
}
