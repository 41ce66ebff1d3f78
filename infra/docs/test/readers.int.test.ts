/** What the documents show is what happens: their commands are run, those of the pages for the four readers first. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { snippetsOf, startDocumentedStack, type DocumentedStack } from './documented-stack.ts';

let stack: DocumentedStack;
beforeAll(async () => {
  stack = await startDocumentedStack();
});
afterAll(async () => await stack.stop());

const checkout = path.resolve(import.meta.dirname, '../../..');

/** In this order: the first fills an empty deployment, and the last erases some of it. */
const run = [
  'infra/docs/for-analysts.md',
  'infra/docs/for-websites-and-tills.md',
  'infra/docs/for-api-users.md',
  'infra/docs/for-operators.md',
  'README.md',
  'infra/docs/clients/http.md',
  'infra/docs/figures.md',
  'infra/docs/logs.md',
  'infra/docs/points-of-sale.md',
  'infra/docs/profiles-feed.md',
  'infra/docs/sources-and-keys.md',
  'services/identity/README.md',
  'services/ingest/README.md',
  'infra/docs/erasure.md',
];

/** Each with the reason. */
const notRun: Readonly<Record<string, string>> = {
  'infra/docs/CONTRIBUTING.md':
    'needs a tool of Python that is no dependency, and sends for minutes; a nightly workflow has it',
  'infra/docs/api-versions.md': 'makes the documents of a release those to compare with',
  'infra/docs/deployment.md': 'needs Docker; infra/compose tests what it is about without',
  'infra/docs/kubernetes.md': 'needs a cluster; infra/helm renders the chart in tests',
  'infra/docs/performance.md': 'measures for minutes',
  'infra/docs/settings.md': 'the page for operators has the same, and a test of the page the other',
  'packages/cli/README.md': 'each command has tests of its own in packages/cli',
  'packages/client/README.md': 'changes files of the checkout; a test compares what it would make',
  'services/metrics/README.md': 'starts the service',
};

test.each(run)('every command of %s runs, and says what the page shows', async (page) => {
  const snippets = snippetsOf(page);
  expect(snippets.length).toBeGreaterThan(0);
  for (const { command, expected } of snippets) {
    const said = await stack.run(command);
    let from = 0;
    for (const text of expected) {
      const at = said.indexOf(text, from);
      if (at < 0) expect(`${command}\n${said}`).toContain(text);
      from = at + text.length;
    }
  }
});

test('every document with commands is run, or there is a reason why not', () => {
  const documents = globSync('{README.md,{services,packages,infra}/**/*.md}', {
    cwd: checkout,
    exclude: ['**/node_modules/**'],
  });
  const withCommands = documents.filter((file) =>
    /^```sh$/m.test(readFileSync(path.join(checkout, file), 'utf8')),
  );
  expect(withCommands.toSorted()).toEqual([...run, ...Object.keys(notRun)].toSorted());
});
