import { expect, test } from 'vitest';
import { parseStartReport } from '../src/start-report.ts';

test('a report of a start is a step or that it is ready; any other message is none', () => {
  expect(parseStartReport({ type: 'starting', step: 'applies migrations' })).toEqual({
    type: 'starting',
    step: 'applies migrations',
  });
  expect(parseStartReport({ type: 'ready', port: 1 })).toEqual({ type: 'ready' });
  for (const other of [null, 'ready', { type: 'starting' }, { type: 'starting', step: 1 }, {}])
    expect(parseStartReport(other)).toBeNull();
});
