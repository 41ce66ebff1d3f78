import { describe, expect, test } from 'vitest';
import { createLogger, loggableError, loggableTouchpointId, scrubText } from '../src/index.ts';

function logged(level?: string) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ service: 'test', destination, ...(level === undefined ? {} : { level }) });
  return { logger, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

describe('a logger', () => {
  test('writes JSON lines with time, level, service and event', () => {
    const { logger, parsed } = logged();
    logger.info({ event: 'a.b', count: 1 }, 'said');
    expect(parsed()[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'test',
      event: 'a.b',
      count: 1,
      msg: 'said',
    });
  });

  test('marks a line without an event, and keeps below its level', () => {
    const { logger, parsed } = logged('warn');
    logger.info({ event: 'a.b' });
    logger.warn({ count: 1 });
    expect(parsed().map(({ event }) => event)).toEqual(['unnamed']);
  });

  test('takes keys and addresses out of any line, wherever they stand', () => {
    const { logger, lines } = logged();
    logger.info(
      { event: 'a.b', nested: { list: ['wk_0123456789abcdef', 'Ada <ada@example.org>'] } },
      'sk_abcdefgh12',
    );
    expect(lines[0]).not.toMatch(/wk_|sk_|@/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: '[key]' });
  });
});

describe('an error', () => {
  test('is logged by an allow-list: a database error holds values of rows', () => {
    const error = Object.assign(new Error('duplicate key for ada@example.org at /v1/x?writeKey=1'), {
      code: '23505',
      detail: 'Key (email)=(ada@example.org) already exists.',
      cause: new Error('caused by rk_0123456789abcdef'),
    });
    const { logger, lines } = logged();
    logger.error({ event: 'a.b', err: error });
    expect(lines[0]).not.toMatch(/example|writeKey|rk_|detail/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { type: 'Error', code: '23505', cause: { message: 'caused by [key]' } },
    });
  });

  test('made loggable by the caller keeps its message and stack', () => {
    const error = new Error('connection lost', { cause: new Error('socket closed') });
    const { logger, parsed } = logged();
    logger.error({ event: 'a.b', err: loggableError(error) }, 'said');
    logger.error({ event: 'a.b', err: error }, 'said');
    const [byCaller, bySerializer] = parsed().map(({ err }) => err);
    expect(byCaller).toEqual(bySerializer);
    expect(byCaller).toMatchObject({ message: 'connection lost', cause: { message: 'socket closed' } });
  });

  test('that is none is logged too', () => {
    expect(loggableError('text')).toEqual({ type: 'string', message: 'text' });
    expect(scrubText('GET /v1/a?b=c HTTP')).toBe('GET /v1/a?[query] HTTP');
  });
});

describe('the id of a touchpoint', () => {
  test.each([
    'cdnow-1',
    'a.b:c_D-1',
    '0b2c7c1e-1a2b-4c3d-8e4f-a1b2c3d4e5f6',
    'node-next-1699999999999-x',
    'm1',
    '123456',
  ])('%s is plain', (id) => expect(loggableTouchpointId(id)).toBe(id));

  test.each([
    'ada@example.org',
    '+493012345678',
    '030 1234567',
    '004930-1234567',
    'a b',
    'ü',
    'x'.repeat(101),
    '',
    'wk_0123456789',
    'a/b?c=d',
  ])('%s is hashed', (id) => expect(loggableTouchpointId(id)).toMatch(/^sha256:[0-9a-f]{16}$/));
});
