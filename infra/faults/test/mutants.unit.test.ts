import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutants } from '../src/mutants.ts';
import { scenarios } from '../src/scenarios.ts';

const checkout = resolve(import.meta.dirname, '..', '..', '..');

describe('the planted defects', () => {
  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    '%s: can be planted',
    (_name, mutant) => {
      const text = readFileSync(join(checkout, mutant.file), 'utf8');
      expect(text.split(mutant.from)).toHaveLength(2);
      expect(mutant.to).not.toBe(mutant.from);
    },
  );

  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s: has a run', (_name, { run }) => {
    const [program = '', subject = '', file = ''] = run;
    if (program.startsWith('infra/faults')) expect(Object.keys(scenarios)).toContain(subject);
    else expect(existsSync(join(checkout, file))).toBe(true);
  });
});
