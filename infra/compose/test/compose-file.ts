/** Reads compose files as Docker Compose does, as far as ours go: merge keys, and variables with a default or required. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const checkout = path.resolve(import.meta.dirname, '../../..');

export interface ComposeService {
  image?: string;
  build?: { context: string; dockerfile: string };
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  command?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  deploy?: { resources: { limits: Record<string, unknown> } };
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  networks?: Record<string, { internal?: boolean } | null>;
  configs?: Record<string, { content: string }>;
}

/** `${NAME}`, `${NAME:-default}`, `${NAME:?message}` */
const variable = /\$\{([A-Z_]+)(?:(:[-?])([^}]*))?\}/g;

export interface Reference {
  name: string;
  required: boolean;
  byDefault: string | undefined;
}

export function readText(file: string): string {
  return readFileSync(path.join(checkout, file), 'utf8');
}

export function findReferences(text: string): Reference[] {
  return [...withoutComments(text).matchAll(variable)].map(([, name = '', operator, rest]) => ({
    name,
    required: operator === ':?',
    byDefault: operator === ':-' ? rest : undefined,
  }));
}

/** @throws when a required variable is missing, as Docker Compose does */
export function loadComposeFile(file: string, environment: Readonly<Record<string, string>>): ComposeFile {
  // The tags of Compose's merge are not YAML's own; without a definition they stand for what follows.
  return parse(
    readText(file),
    (_key, value: unknown) => (typeof value === 'string' ? interpolate(value, environment) : value),
    { merge: true, logLevel: 'error' },
  ) as ComposeFile;
}

function interpolate(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    variable,
    (_match, name: string, operator: string | undefined, rest: string | undefined) => {
      const value = environment[name] ?? '';
      if (value !== '') return value;
      if (operator === ':?') throw new Error(`${name}: ${rest}`);
      return rest ?? '';
    },
  );
}

export function parseEnvFile(text: string): Record<string, string> {
  const assignments = text.split('\n').filter((line) => /^[A-Z_]+=/.test(line));
  return Object.fromEntries(
    assignments.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*#.*$/gm, '');
}
