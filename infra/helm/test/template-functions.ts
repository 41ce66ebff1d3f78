/** The functions that the chart's templates call, as Go's text/template, Sprig and Helm have them. */
import { stringify } from 'yaml';

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const indent = (spaces: number, text: string): string =>
  text
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n');

const textOf = (value: unknown): string => String(value);

export const templateFunctions: Readonly<Record<string, (...words: never[]) => unknown>> = {
  default: (byDefault: unknown, value: unknown) => (isEmpty(value) ? byDefault : value),
  dict: (...words: unknown[]) =>
    Object.fromEntries(
      Array.from({ length: words.length / 2 }, (_, index) => [
        textOf(words[2 * index]),
        words[2 * index + 1],
      ]),
    ),
  eq: (left: unknown, right: unknown) => left === right,
  index: (value: unknown, ...keys: string[]) =>
    keys.reduce((one, key) => (one as Record<string, unknown> | undefined)?.[key], value),
  int: (value: unknown) => Math.trunc(Number(value)),
  list: (...words: unknown[]) => words,
  ne: (left: unknown, right: unknown) => left !== right,
  nindent: (spaces: number, text: string) => `\n${indent(spaces, text)}`,
  not: (value: unknown) => isEmpty(value),
  printf: (format: string, ...words: unknown[]) => {
    let next = 0;
    return format.replace(/%[sd]/g, () => textOf(words[next++]));
  },
  quote: (value: unknown) => JSON.stringify(textOf(value)),
  required: (message: string, value: unknown) => {
    if (isEmpty(value)) throw new Error(message);
    return value;
  },
  toYaml: (value: unknown) => stringify(value).replace(/\n$/, ''),
  trimSuffix: (suffix: string, text: string) =>
    text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  trunc: (length: number, text: string) => text.slice(0, length),
  upper: (text: string) => text.toUpperCase(),
};
