import { readFileSync } from 'node:fs';
import path from 'node:path';
import { serviceNames } from '@throughline/contracts';
import { nodeLimitsOf } from '@throughline/runtime/settings';
import { describe, expect, test } from 'vitest';

const checkout = path.resolve(import.meta.dirname, '../../..');

describe.each(serviceNames)('%s alone', (name) => {
  test('has the memory limits of `start` when it is started by its script', () => {
    const file = path.join(checkout, 'services', name, 'package.json');
    const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['start']).toBe(`node ${nodeLimitsOf(name).join(' ')} src/main.ts`);
  });
});
