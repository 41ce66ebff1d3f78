/**
 * Bytes to JSON, strictly: UTF-8 without a wrong byte (a byte order mark is skipped), JSON.parse's own grammar, no deeper
 * than 64, no key that could reach a prototype. JSON.parse alone replaces bad bytes silently and takes any depth.
 */
import { isUtf8 } from 'node:buffer';
import { AppError, isForbiddenKey } from '@throughline/contracts';

export const maxJsonDepth = 64;

const byteOrderMark = '\ufeff';

/** @throws AppError malformed_json */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new AppError('malformed_json', 'the body is not UTF-8');
  const text = bytes.toString('utf8');
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

/**
 * @param maxNesting brackets in a row; half a megabyte of them costs JSON.parse 100 ms, and ordinary text has a few
 * @throws AppError empty_body, malformed_json, nesting_too_deep; the answer never quotes the body
 */
export function parseJsonText(text: string, maxNesting: number = maxJsonDepth): unknown {
  if (text === '' || (text.length < 100 && text.trim() === '')) throw new AppError('empty_body', '');
  if (text.includes('['.repeat(maxNesting + 1))) throw tooDeep(maxNesting);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new AppError('malformed_json', describe(error));
  }
}

/**
 * Throws for what no part of the system could carry: too deep a value, a key that reaches a prototype.
 * @throws AppError nesting_too_deep, forbidden_key
 */
export function checkJsonShape(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= maxJsonDepth) throw tooDeep();
  if (Array.isArray(value)) {
    for (const element of value) checkJsonShape(element, depth + 1);
    return;
  }
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (isForbiddenKey(key, member)) throw forbiddenKey();
    checkJsonShape(member, depth + 1);
  }
}

export function tooDeep(maxDepth: number = maxJsonDepth): AppError {
  return new AppError('nesting_too_deep', `JSON is nested at most ${maxDepth} deep here`);
}

export function forbiddenKey(): AppError {
  return new AppError('forbidden_key', '"__proto__" and "constructor.prototype" are never accepted as keys');
}

// V8 quotes the text around the fault; only the position is safe to repeat.
function describe(error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '');
  return position === null
    ? 'the JSON is not complete or not valid'
    : `not valid at character ${position[1]}`;
}
