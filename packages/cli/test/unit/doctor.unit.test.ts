import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { explainDatabaseFault } from '../../src/core/doctor/explain-database-fault.ts';
import { remedyText } from '../../src/core/doctor/find-remedy.ts';
import { doctorScreen } from '../../src/core/doctor/finding.ts';
import { judgeDisk } from '../../src/core/doctor/judge-disk.ts';
import { judgeServices } from '../../src/core/doctor/judge-services.ts';
import { statusScreen, type Status } from '../../src/core/status.ts';
import { checkHome } from '../../src/doctor/check-home.ts';

const gib = 1024 ** 3;

test.each([
  [100 * gib, 'ok'],
  [gib, 'warning'],
  [gib / 8, 'fault'],
  [0, 'fault'],
] as const)('a disk with %d bytes left is %s', (freeBytes, state) => {
  expect(judgeDisk('/home', freeBytes, 200 * gib).state).toBe(state);
});

test.each(['ENOSPC', 'EROFS', 'EACCES'])(
  'a home that refuses a write with %s is a fault with a remedy',
  (code) => {
    const home = mkdtempSync(path.join(tmpdir(), 'throughline-home-'));
    try {
      const findings = checkHome({ home, environment: {} }, () => {
        throw Object.assign(new Error(code), { code });
      });
      expect(findings).toMatchObject([{ check: 'home', state: 'fault' }]);
      const expected = { ENOSPC: 'is full', EROFS: 'read-only', EACCES: 'may not write' }[code];
      expect(findings[0]?.message).toContain(expected);
      expect(findings[0]?.remedy).not.toBeNull();
    } finally {
      rmSync(home, { recursive: true });
    }
  },
);

test.each([
  ['28P01', 'password'],
  ['53100', 'full'],
  ['53300', 'no connection left'],
  ['ENOTFOUND', 'not known'],
])('a database that answers %s is explained', (code, expected) => {
  const error = Object.assign(new Error('x'), { cause: Object.assign(new Error('y'), { code }) });
  expect(explainDatabaseFault(error, 'db:5432/shop').message).toContain(expected);
});

const status: Status = {
  ready: false,
  checkedAt: '2026-03-01T00:00:00.000Z',
  services: [
    { name: 'ingest', url: 'http://h:1', ready: false, problem: 'not ready (log: unreachable)', answerMs: 3 },
    {
      name: 'identity',
      url: 'http://h:2',
      ready: false,
      problem: 'not ready (database: 53100)',
      answerMs: 3,
    },
  ],
  lag: { identity: null, metrics: null },
  consumers: [
    { group: 'identity', topic: 't', partition: 1, state: 'halted', lagRecords: 1, lagSeconds: 1 },
    { group: 'identity', topic: 't', partition: 2, state: 'consuming', lagRecords: 0, lagSeconds: 0 },
  ],
  outboxes: [],
  ingest: null,
  deadLetters: 2,
  conflicts: null,
};

test('what a service says of itself leads to what mends it', () => {
  const findings = judgeServices(status);
  expect(findings.map(({ state }) => state)).toEqual(['fault', 'fault', 'fault', 'warning']);
  const remedies = findings.map(({ remedy }) => remedy);
  expect(remedies).toEqual([
    expect.stringContaining('brokers'),
    expect.stringContaining('disk of Postgres'),
    expect.stringContaining('consumer.halted'),
    expect.stringContaining('deadletters'),
  ]);
});

test.each([
  [
    "http://h:1 answered 503 database_unavailable: the database's disk is full",
    'disk of Postgres is full',
    'Free',
  ],
  ['503 log_unavailable: not ready: log (log: 53100)', 'disk of Postgres is full', 'Free some space'],
  [
    '503 database_unavailable: not ready: database (database: timeout)',
    'Postgres does not answer',
    'DATABASE_URL',
  ],
  ['503 log_unavailable: not ready: log (log: unreachable)', 'event log does not answer', 'KAFKA_BROKERS'],
  ['http://h:1 does not answer (ECONNREFUSED)', 'nothing listens', 'Start it'],
  ['durability: fsync_off', 'does not write durably', 'postgresql.conf'],
])('%s: its cause and its remedy are known', (problem, cause, remedy) => {
  expect(remedyText(problem).toLowerCase()).toContain(cause.toLowerCase());
  expect(remedyText(problem)).toContain(remedy);
});

test('the status says under a service what is wrong and what mends it', () => {
  const screen = statusScreen(status);
  expect(screen).toContain('The disk of Postgres is full. Free some space');
});

test('the screen has a remedy under each fault, and a sum', () => {
  const screen = doctorScreen(judgeServices(status));
  expect(screen).toContain('3 faults, 1 warning.');
  expect(screen.split('\n').filter((line) => line.includes('Free some space'))).toHaveLength(1);
});
