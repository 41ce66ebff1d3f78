/**
 * Fails when a file imports what its folder may not import, or when the check finds less than it should: it must find every
 * violation of the fixture. (dependency-cruiser reads nothing and reports no violation where it lacks a TypeScript that it
 * understands.)
 */
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import path from 'node:path';
import { parseNone, readArguments } from '../stack/src/script-arguments.ts';
import { findEnvironmentReaders } from './environment-readers.ts';
import { rules } from './rules.ts';

const usage = `Checks which folder imports which, and that the check itself finds what it should.

Usage: pnpm boundaries`;

readArguments('pnpm boundaries', usage, parseNone);

const checkout = path.resolve(import.meta.dirname, '../..');
const fixture = path.resolve(import.meta.dirname, 'fixtures/bad');

const inRepository = await findViolations(checkout);
const inFixture = await findViolations(fixture);

const notFound = [...rules.map((rule) => rule.name), 'only-config-reads-the-environment'].filter(
  (name) => !inFixture.violations.some((violation) => violation.rule === name),
);
for (const { rule, from, to } of inRepository.violations) console.error(`${rule}: ${from} -> ${to}`);
for (const name of notFound) console.error(`${name}: its violation in the bad fixture was not found`);
console.log(
  `boundaries: ${inRepository.files} files, ${inRepository.violations.length} violations; ` +
    `${rules.length + 1 - notFound.length} of ${rules.length + 1} rules catch the bad fixture`,
);
if (inRepository.files === 0) console.error('boundaries: nothing was read');
process.exitCode = inRepository.violations.length + notFound.length > 0 || inRepository.files === 0 ? 1 : 0;

interface Violation {
  rule: string;
  from: string;
  to: string;
}

async function findViolations(root: string): Promise<{ files: number; violations: Violation[] }> {
  const { output } = await cruise(['services', 'packages', 'infra'], {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: rules },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(fixtures|test)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  });
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text');
  return {
    files: (output satisfies ICruiseResult).modules.filter(({ source }) => !source.includes('node_modules'))
      .length,
    violations: [
      ...output.summary.violations.map(({ rule, from, to }: IViolation) => ({ rule: rule.name, from, to })),
      ...findEnvironmentReaders(root).map((file) => ({
        rule: 'only-config-reads-the-environment',
        from: file,
        to: 'process.env',
      })),
    ],
  };
}
