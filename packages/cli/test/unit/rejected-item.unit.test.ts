import { expect, test } from 'vitest';
import { rejectedTable } from '../../src/core/rejected-item.ts';

test('a list of rejected items has aligned columns, and nothing in it that a terminal obeys', () => {
  const item = {
    rejectionId: 'r-1',
    receivedAt: '2026-03-01T10:00:00.000Z',
    source: 'server',
    id: null,
    code: 'unknown_type',
    field: '',
    message: '',
    replayedAt: null,
  };
  const other = {
    ...item,
    id: 'a\u001b[2J\u202e',
    code: 'invalid_number',
    field: 'properties.x\n',
    replayedAt: 'then',
  };
  const lines = rejectedTable([item, other]).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[2]).toContain('invalid_number (properties.x\ufffd)');
  expect(lines[2]).toContain('a\ufffd[2J\ufffd');
  expect(lines[2]).toMatch(/accepted since$/);
  expect(lines[1]?.lastIndexOf('-')).toBe(lines[2]?.indexOf('a\ufffd'));
});
