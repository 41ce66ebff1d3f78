import { AppError } from '@throughline/contracts';
import { expect, test } from 'vitest';
import { createHttpApp, createKeyRing, createLogger } from '../src/index.ts';

test('a service that is not ready names what fails, each with a word that holds nothing else', async () => {
  const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
  const { app } = await createHttpApp({
    service: 'fixture',
    title: 'Fixture',
    description: 'of a test',
    logger: createLogger({ service: 'fixture', level: 'silent' }),
    keyRing: createKeyRing({}),
    host: '127.0.0.1',
    ready: {
      database: () => Promise.reject(failure('ECONNREFUSED', 'connect ECONNREFUSED db.internal:5432')),
      log: () =>
        Promise.reject(
          new AppError('log_unavailable', '', {
            cause: failure('sasl_refused', 'for kafka-1.internal:9093'),
          }),
        ),
      other: () => Promise.reject(failure('no word: ada@example.org', '')),
      migrations: () => Promise.resolve(),
    },
  });
  const answer = await app.inject({ url: '/readyz', headers: { host: '127.0.0.1' } });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({
    code: 'database_unavailable',
    failed: ['database', 'log', 'other'],
    reasons: { database: 'ECONNREFUSED', log: 'sasl_refused', other: 'unknown' },
  });
  expect(answer.body).not.toContain('internal');
  await app.close();
});

test('a service that is ready says of each check what there is to say', async () => {
  const { app } = await createHttpApp({
    service: 'fixture',
    title: 'Fixture',
    description: 'of a test',
    logger: createLogger({ service: 'fixture', level: 'silent' }),
    keyRing: createKeyRing({}),
    host: '127.0.0.1',
    ready: { database: () => Promise.resolve({ rows: [] }), durability: () => Promise.resolve('fsync_off') },
  });
  const answer = await app.inject({ url: '/readyz', headers: { host: '127.0.0.1' } });
  expect(answer.json()).toEqual({ ready: true, checks: { database: 'ok', durability: 'fsync_off' } });
  await app.close();
});
