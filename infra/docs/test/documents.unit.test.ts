/** A document that points at nothing is worse than none. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const checkout = path.resolve(import.meta.dirname, '../../..');

const documents = globSync('{README.md,{services,packages,infra}/**/*.md}', {
  cwd: checkout,
  exclude: ['**/node_modules/**'],
}).toSorted();

const read = (file: string): string => readFileSync(path.join(checkout, file), 'utf8');

function scriptsOf(packageFile: string): string[] {
  const { scripts } = JSON.parse(read(packageFile)) as { scripts?: Record<string, string> };
  return Object.keys(scripts ?? {});
}

/** Headings as GitHub turns them into anchors. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linkTargetExists(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? document : path.join(path.dirname(document), file);
  if (!existsSync(path.join(checkout, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

/** Of pnpm itself, and the one tool that is called through it. */
const notScripts = ['install', 'vitest'];

describe('the documents', () => {
  test('are found', () => {
    expect(documents).toContain('README.md');
    expect(documents).toContain('infra/docs/architecture.md');
  });

  test('link only to files and headings that exist', () => {
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)]
        .map(([, link = '']) => link)
        .filter((link) => !linkTargetExists(document, link))
        .map((link) => `${document}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('show code as it is in the file that the sentence before names', () => {
    const shown = [
      ...read('infra/docs/CONTRIBUTING.md').matchAll(/\]\(([^)\s]+\.ts)\)\):\n\n( *)```ts\n([^]*?)\n *```/g),
    ];
    expect(shown.length).toBeGreaterThan(0);
    for (const [, file = '', indent = '', code = ''] of shown)
      expect(read(path.join('infra/docs', file))).toContain(
        code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      );
  });

  test('have no table within a table', () => {
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/^\|.*\n\|.*\n\|[-: |]+\|$/gm)].map(([rows]) => `${document}: ${rows}`),
    );
    expect(broken).toEqual([]);
  });

  test('cite a decision by the number of its file', () => {
    const wrong = documents.flatMap((document) =>
      [...read(document).matchAll(/(\d{4})\]\([^)\s]*?(\d{4})-[a-z][^)\s]*\.md\)/g)]
        .filter(([, cited, number]) => cited !== number)
        .map(([link]) => `${document}: ${link}`),
    );
    expect(wrong).toEqual([]);
  });

  test('name only pnpm scripts that exist', () => {
    const unknown = documents.flatMap((document) => {
      const ownPackage = path.join(path.dirname(document), 'package.json');
      const own = existsSync(path.join(checkout, ownPackage)) ? scriptsOf(ownPackage) : [];
      const known = new Set([...scriptsOf('package.json'), ...own, ...notScripts]);
      return [...read(document).matchAll(/\bpnpm(?:@12)? ([a-z][a-z:]*)/g)]
        .filter(([, script = '']) => !known.has(script))
        .map(([command]) => `${document}: ${command}`);
    });
    expect(unknown).toEqual([]);
  });

  test('filter only packages that have the script', () => {
    const packages = new Map(
      globSync('{services,packages,infra}/*/package.json', { cwd: checkout }).map((file) => {
        const { name } = JSON.parse(read(file)) as { name: string };
        return [name, scriptsOf(file)] as const;
      }),
    );
    const unknown = documents.flatMap((document) =>
      [...read(document).matchAll(/\bpnpm(?:@12)? --filter\s+(\S+)\s+([a-z:]+)/g)]
        .filter(([, name = '', script = '']) => packages.get(name)?.includes(script) !== true)
        .map(([command]) => `${document}: ${command}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the settings', () => {
  test('that are read by name are all documented', () => {
    const readers = globSync(
      '{{services,infra}/*/src/config,packages/runtime/src/{kafka,service}-config}.ts',
      {
        cwd: checkout,
      },
    );
    expect(readers).toContain('packages/runtime/src/kafka-config.ts');
    const undocumented = readers.flatMap((reader) => {
      const ownReadme = path.join(path.dirname(reader), '../README.md');
      const documented =
        read('infra/docs/settings.md') + (existsSync(path.join(checkout, ownReadme)) ? read(ownReadme) : '');
      const names = new Set(
        [
          ...read(reader).matchAll(/\b(?:(?:THROUGHLINE|KAFKA)_[A-Z_]+[A-Z]|DATABASE_URL|LOG_LEVEL)\b/g),
        ].flat(),
      );
      return [...names].filter((name) => !documented.includes(name)).map((name) => `${reader}: ${name}`);
    });
    expect(undocumented).toEqual([]);
  });
});
