/** Reads a Dockerfile, as far as ours go: one instruction a line but for continuations. */
import { readText } from './compose-file.ts';

export interface Instruction {
  name: string;
  argument: string;
}

export function readDockerfile(file: string): Instruction[] {
  return readText(file)
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', argument = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === '') throw new Error(`${file}: no instruction: ${line}`);
      return { name, argument };
    });
}

export interface Stage {
  /** Null of the last, which is the image. */
  name: string | null;
  instructions: Instruction[];
}

/** In their order; each begins with its FROM. */
export function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      stages.push({ name: / AS (\S+)$/.exec(instruction.argument)?.[1] ?? null, instructions: [] });
    }
    stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** What the image itself is made by. */
export function imageOf(instructions: readonly Instruction[]): Instruction[] {
  return stagesOf(instructions).at(-1)?.instructions ?? [];
}

/** Of the only instruction of that name. */
export function argumentOf(instructions: readonly Instruction[], name: string): string {
  const [only, ...others] = instructions.filter((instruction) => instruction.name === name);
  if (only === undefined || others.length > 0) throw new Error(`one ${name} expected`);
  return only.argument;
}

/** Of CMD and of HEALTHCHECK in their exec form. */
export function execForm(argument: string): string[] {
  return JSON.parse(argument.slice(argument.indexOf('['))) as string[];
}

export interface Copy {
  /** The stage that it copies from; null for the context. */
  from: string | null;
  sources: string[];
  target: string;
}

export function copiesOf(instructions: readonly Instruction[]): Copy[] {
  return instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ argument }) => {
      const from = /^--from=(\S+)/.exec(argument)?.[1] ?? null;
      const words = argument.split(/\s+/).slice(from === null ? 0 : 1);
      return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
    });
}

/** Whether the build's context has the file, by .dockerignore: the last pattern that fits decides. */
export function isInContext(file: string): boolean {
  const patterns = readText('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  let included = true;
  for (const pattern of patterns) {
    const glob = pattern.replace(/^!/, '');
    if (fits(file, glob)) included = pattern.startsWith('!');
  }
  return included;
}

/** A pattern that fits a directory fits what is in it. Node's own globs pass over names that begin with a dot. */
function fits(file: string, glob: string): boolean {
  const expression = glob
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '(?:.*/)?');
  return new RegExp(`^${expression}(?:/|$)`).test(file);
}
