import { describe, expect, test } from 'vitest';
import { explainHomeFault } from '../src/explain-home-fault.ts';

const fault = (code: string) => Object.assign(new Error(`${code}: open`), { code });

describe('a fault of the data directory is explained in a sentence', () => {
  test.each([
    ['EACCES', /may not write to \/srv\/home/],
    ['EROFS', /read-only/],
    ['ENOSPC', /disk of \/srv\/home is full/],
    ['ENOTDIR', /a part of its path is a file/],
  ])('%s', (code, words) => {
    const sentence = explainHomeFault(fault(code), '/srv/home');
    expect(sentence).toMatch(words);
  });

  test('when the database server says it in its own words, also as a cause', () => {
    const said = new Error('initdb: error: could not create directory "x": No space left on device');
    expect(explainHomeFault(said, '/srv/home')).toMatch(/full/);
    expect(explainHomeFault(new Error('failed', { cause: said }), '/srv/home')).toMatch(/full/);
  });

  test('and any other fault is not', () => {
    expect(explainHomeFault(new Error('a defect'), '/srv/home')).toBeNull();
    expect(explainHomeFault(fault('ECONNREFUSED'), '/srv/home')).toBeNull();
    expect(explainHomeFault('text', '/srv/home')).toBeNull();
  });
});
