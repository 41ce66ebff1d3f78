/** Decisions are found by their titles, so titles, file names, numbers and the list have to agree. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const folder = path.resolve(import.meta.dirname, '../adr');
const files = readdirSync(folder)
  .filter((file) => file !== 'README.md')
  .toSorted();
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

function titleOf(file: string): string {
  return read(file).split('\n')[0] ?? '';
}

/** `# 0007 Run sources without a build` is `0007-run-sources-without-a-build.md`. */
function fileNameOf(title: string): string {
  const words = title.replace(/^# /, '').toLowerCase().replaceAll(/[’'`]/g, '');
  return `${words.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}.md`;
}

describe('the decisions', () => {
  test('are numbered from 1 without a gap', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.map((file) => file.slice(0, 4))).toEqual(
      files.map((_file, index) => String(index + 1).padStart(4, '0')),
    );
  });

  test('have files that are named by their titles', () => {
    expect(files.map((file) => fileNameOf(titleOf(file)))).toEqual(files);
  });

  test('have titles in the imperative', () => {
    const statements = files
      .map(titleOf)
      .filter((title) =>
        /^# \d{4} (an?|the|it|there|what|only|each|every|one)\b|^# \d{4} \S+s? (is|are|has|have|needs?)\b/i.test(
          title,
        ),
      );
    expect(statements).toEqual([]);
  });

  test('are listed, each with its title', () => {
    const listed = read('README.md').match(/^- .*$/gm) ?? [];
    expect(listed).toEqual(files.map((file) => `- [${titleOf(file).slice(2)}](${file})`));
  });
});
