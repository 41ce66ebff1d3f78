/** The code on the pages about clients, which is what the tests run. The packages that it imports are named in .knip.json. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ClientStory {
  name: string;
  runsIn: 'node' | 'browser';
  language: 'js' | 'html';
  code: string;
}

const folder = path.resolve(import.meta.dirname, '../../../../../infra/docs/clients');
const block = /^```(js|html) (node|browser) (\S+)\n(.*?)^```$/gms;

export const clientStories: ReadonlyMap<string, ClientStory> = new Map(
  globSync('*.md', { cwd: folder }).flatMap((file) =>
    [...readFileSync(path.join(folder, file), 'utf8').matchAll(block)].map(
      ([, language, runsIn, name = '', code = '']) =>
        [name, { name, runsIn, language, code } as ClientStory] as const,
    ),
  ),
);

/** The code of a story with the address and the keys that the page leaves to its reader. */
export function storyCode(name: string, url: string, keys: { write: string; server: string }): string {
  const story = clientStories.get(name);
  if (story === undefined) throw new Error(`no page about clients has the code ${name}`);
  return story.code
    .replaceAll('https://events.example.com', url)
    .replaceAll('WRITE_KEY', keys.write)
    .replaceAll('SERVER_KEY', keys.server);
}
