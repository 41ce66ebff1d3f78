/** The text of items as values. Items are judged one by one, so a text is only refused for what cannot be parsed safely at all. */
import { AppError } from '@throughline/contracts';
import { parseJsonText } from '@throughline/runtime';
import { MalformedLine } from './received-request.ts';

/** Brackets in a row; half a megabyte of them costs JSON.parse 100 ms. */
const maxNesting = 5_000;

/** @throws AppError empty_body, malformed_json, nesting_too_deep */
export function parseItemText(text: string): unknown {
  return parseJsonText(text, maxNesting);
}

/**
 * A line of NDJSON; a bad one costs no other. Most of what an error costs is its stack trace, and all 2,500 lines of a request may
 * be no JSON. @throws AppError nesting_too_deep
 */
export function parseLine(line: string, parse: (text: string) => unknown = parseItemText): unknown {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse(line);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'malformed_json') throw error;
    return new MalformedLine(line);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
