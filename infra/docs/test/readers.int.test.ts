/** What the pages for their four readers show is what happens. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { snippetsOf, startDocumentedStack, type DocumentedStack } from './documented-stack.ts';

let stack: DocumentedStack;
beforeAll(async () => {
  stack = await startDocumentedStack();
});
afterAll(async () => await stack.stop());

// The first fills an empty deployment.
test.each(['for-analysts', 'for-websites-and-tills', 'for-api-users', 'for-operators'])(
  'every command of %s runs, and says what the page shows',
  async (page) => {
    const snippets = snippetsOf(`infra/docs/${page}.md`);
    expect(snippets.length).toBeGreaterThan(2);
    for (const { command, expected } of snippets) {
      const said = await stack.run(command);
      let from = 0;
      for (const text of expected) {
        const at = said.indexOf(text, from);
        if (at < 0) expect(`${command}\n${said}`).toContain(text);
        from = at + text.length;
      }
    }
  },
);
