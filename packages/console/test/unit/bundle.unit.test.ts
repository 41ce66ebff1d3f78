import { beforeAll, describe, expect, test } from 'vitest';
import { bundleConsole } from '../../src/bundle-console.ts';
import { type ConsoleSources, toConsoleFiles } from '../../src/console-files.ts';

const maxZippedBytes = 60 * 1024;

let sources: ConsoleSources;
beforeAll(async () => {
  sources = await bundleConsole();
});

describe('the bundle', () => {
  test('has at most 60 KiB, zipped, with its page and styles', () => {
    const { page, assets } = toConsoleFiles(sources);
    const zipped = [page, ...assets.values()].reduce((sum, file) => sum + file.zipped.length, 0);
    expect(zipped).toBeLessThanOrEqual(maxZippedBytes);
  });

  test('names no address but those of its own files, of XML, and of an error message of preact-iso', () => {
    const text = [sources.page, sources.script, sources.style].join('\n');
    const known = /^http:\/\/www\.w3\.org\/|^https:\/\/github\.com\/preactjs\/preact-iso$/;
    const addresses = [...text.matchAll(/\bhttps?:\/\/[\w./-]+/g)].map(([address]) => address);
    expect(addresses.filter((address) => !known.test(address))).toEqual([]);
  });

  test('makes no code of text and writes no markup', () => {
    expect(sources.script).not.toMatch(/\beval\(|new Function\(|document\.write\(|insertAdjacentHTML/);
  });

  test('is the same each time, so that its names are', async () => {
    expect(await bundleConsole()).toEqual(sources);
  });
});
