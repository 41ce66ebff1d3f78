import { describe, expect, test } from 'vitest';
import { decideAnswer, retryDelayMs } from '../../src/core/decide-answer.ts';
import {
  formatDuration,
  progressBar,
  progressLine,
  RateMeter,
  stepBar,
} from '../../src/core/progress-text.ts';
import { rebuildStep } from '../../src/core/rebuild-report.ts';
import { verificationStep } from '../../src/core/verification-report.ts';
import { decideResume, type ReplayState } from '../../src/core/replay-state.ts';
import { readConsumers, readOutbox } from '../../src/core/consumer-status.ts';
import { statusScreen, sumCounter, type Status } from '../../src/core/status.ts';

const answer = (status: number, body: unknown = {}, retryAfter: string | null = null) =>
  decideAnswer({ status, retryAfter, text: JSON.stringify(body) }, 2, Date.parse('2026-01-01T00:00:00Z'));

describe('an answer', () => {
  test('acknowledges a batch when it accounts for every touchpoint', () => {
    const rejected = [{ index: 1, id: 'x', code: 'invalid_field', field: 'a', message: 'm', expected: 'e' }];
    expect(answer(200, { accepted: 1, rejected })).toMatchObject({ kind: 'acknowledged', accepted: 1 });
    expect(answer(200, { accepted: 1, rejected: [] })).toMatchObject({ kind: 'stop' });
    expect(answer(200, { accepted: 1, rejected: [{ ...rejected[0], index: 2 }] })).toMatchObject({
      kind: 'stop',
    });
    expect(decideAnswer({ status: 200, retryAfter: null, text: '<html>' }, 2, 0)).toMatchObject({
      kind: 'stop',
    });
  });

  test.each([
    [503, '30', 30_000],
    [429, 'Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
    [503, null, null],
    [500, 'soon', null],
    [502, null, null],
  ])('of %i with Retry-After %s is tried again', (status, retryAfter, retryAfterMs) => {
    expect(answer(status, {}, retryAfter)).toMatchObject({ kind: 'again', retryAfterMs });
  });

  test.each([400, 401, 403, 404, 413, 302])('of %i stops the replay and says why', (status) => {
    const decision = answer(status, { code: 'forbidden_key', detail: 'the body holds __proto__' });
    expect(decision).toMatchObject({ kind: 'stop' });
    if (decision.kind === 'stop')
      expect(decision.why).toContain(`${status} (forbidden_key: the body holds __proto__)`);
  });

  test('is waited for ever longer up to 10 s, and never shorter than it asks for', () => {
    expect([1, 2, 3, 20].map((attempt) => retryDelayMs(attempt, null, 0.9999))).toEqual([
      250, 500, 1000, 10_000,
    ]);
    expect(retryDelayMs(1, null, 0)).toBe(125);
    expect(retryDelayMs(9, 30_000, 0)).toBe(30_000);
  });
});

describe('a state', () => {
  const identity = {
    file: { sizeBytes: 10, modifiedAt: '2026-01-01T00:00:00.000Z' },
    mapping: 'm',
    ingest: 'http://a',
    rejectsFile: '/r',
  };
  const state: ReplayState = {
    version: 1,
    ...identity,
    position: { bytes: 5, lines: 2, rows: 1 },
    done: false,
    accepted: 1,
    rejected: {},
    skipped: 0,
    rejectsBytes: 0,
  };

  test('is resumed only for the same file, mapping and ingest', () => {
    expect(decideResume(null, identity)).toEqual({ kind: 'start' });
    expect(decideResume(state, identity)).toEqual({ kind: 'resume', state });
    expect(decideResume({ ...state, done: true }, identity)).toMatchObject({ kind: 'finished' });
    for (const [other, why] of [
      [{ ...identity, file: { ...identity.file, sizeBytes: 11 } }, 'bytes'],
      [{ ...identity, file: { ...identity.file, modifiedAt: '2026-01-02T00:00:00.000Z' } }, 'changed'],
      [{ ...identity, mapping: 'n' }, 'mapping'],
      [{ ...identity, ingest: 'http://b' }, 'http://a'],
      [{ ...identity, rejectsFile: '/s' }, '/r'],
    ] as const) {
      const decision = decideResume(state, other);
      expect(decision.kind).toBe('mismatch');
      if (decision.kind === 'mismatch') expect(decision.reasons.join(' ')).toContain(why);
    }
  });
});

describe('progress', () => {
  test('gives rate and time left of the last while', () => {
    const meter = new RateMeter(10_000);
    meter.add(0, 0, 0);
    expect(meter.read()).toEqual({ perSecond: 0, secondsLeft: null });
    for (let second = 1; second <= 20; second += 1) meter.add(second * 1_000, second * 100, second / 40);
    expect(meter.read()).toEqual({ perSecond: 100, secondsLeft: expect.closeTo(20) as number });
    expect([5, 65, 3_700].map(formatDuration)).toEqual(['5 s', '1 min 5 s', '1 h 1 min']);
  });

  test('is one line that fits the terminal', () => {
    const progress = {
      share: 0.5,
      accepted: 1_000,
      rejected: 2,
      perSecond: 10,
      secondsLeft: 9,
      waiting: null,
    };
    expect(progressLine(progress)).toBe('50.0%  1,000 accepted  2 rejected  10/s  9 s left');
    expect(progressBar(progress, 30)).toHaveLength(30);
    expect(progressBar(progress, 200)).toContain('████████████░░░░░░░░░░░░ 50.0%');
    expect(progressLine({ ...progress, waiting: 'ECONNREFUSED' })).toBe(
      '50.0%  1,000 accepted  2 rejected  waiting: ECONNREFUSED',
    );
  });
});

describe('long work of a service', () => {
  const rebuild = {
    id: '2',
    state: 'running' as const,
    step: 'touchpoints',
    touchpoints: 500,
    expectedTouchpoints: 2_000,
    inUseFrom: null,
    message: null,
  };

  test.each([
    [rebuild, '██████░░░░░░░░░░░░░░░░░░ 25% rebuild, touchpoints: 500 of about 2,000 touchpoints, 1 min 5 s'],
    [{ ...rebuild, touchpoints: 2_500 }, '█'.repeat(24) + ' 100% '],
    [{ ...rebuild, expectedTouchpoints: null }, 'rebuild, touchpoints: 500 touchpoints'],
    [{ ...rebuild, step: 'verification' }, '100% rebuild, verification'],
  ])('is a bar where its length is known, case %#', (asked, expected) => {
    expect(stepBar(rebuildStep(asked), 65, 200)).toContain(expected);
    expect(stepBar(rebuildStep(asked), 65, 20)).toHaveLength(20);
  });

  test('is the step of a verification, and how many there are', () => {
    const verification = { id: '1', state: 'running' as const, checked: null, differenceCount: null };
    const asked = { ...verification, differences: [], profiles: [], message: null };
    const textOf = (step: string | null) => stepBar(verificationStep({ ...asked, step }), 3, 200);
    expect(textOf('figures')).toBe('████████░░░░░░░░░░░░░░░░ 33% verification: figures, 2 of 3, 3 s');
    expect(textOf(null)).toBe('verification: it begins, 3 s');
  });
});

describe('the status', () => {
  test("reads counters of Prometheus' text format", () => {
    const text = [
      '# HELP a_total a',
      'a_total{label="x",service="s"} 2',
      'a_total{service="s",label="x"} 3',
      'a_total{service="s"} 1',
      'a_total_more{label="x"} 9',
    ].join('\n');
    expect(sumCounter(text, 'a_total')).toEqual({ x: 5, '': 1 });
    expect(sumCounter(text, 'b_total')).toBeNull();
  });

  test('reads how far consumers are, and in which state', () => {
    const of = (partition: number) => `group="identity",topic="touchpoints.v1",partition="${partition}"`;
    const text = [
      `throughline_consumer_lag_records{${of(0)},service="identity"} 12`,
      `throughline_consumer_lag_seconds{${of(0)},service="identity"} 75.4`,
      `throughline_consumer_state{${of(0)},state="idle",service="identity"} 0`,
      `throughline_consumer_state{${of(0)},state="stalled",service="identity"} 1`,
      `throughline_consumer_state{${of(1)},state="idle",service="identity"} 1`,
      'throughline_outbox_records{schema="identity",service="identity"} 9',
      'throughline_outbox_oldest_seconds{schema="identity",service="identity"} 1.6',
    ].join('\n');
    const partition = { group: 'identity', topic: 'touchpoints.v1' };
    expect(readConsumers(text)).toEqual([
      { ...partition, partition: 0, state: 'stalled', lagRecords: 12, lagSeconds: 75 },
      { ...partition, partition: 1, state: 'idle', lagRecords: 0, lagSeconds: 0 },
    ]);
    expect(readOutbox(text)).toEqual([{ schema: 'identity', records: 9, oldestSeconds: 2 }]);
    expect(readConsumers('')).toEqual([]);
  });

  test('fits on one screen and says what is not known', () => {
    const status: Status = {
      ready: false,
      checkedAt: '2026-01-01T00:01:10.000Z',
      services: [
        { name: 'ingest', url: 'http://127.0.0.1:8080', ready: true, problem: null, answerMs: 3 },
        {
          name: 'identity',
          url: 'http://127.0.0.1:8081',
          ready: false,
          problem: '503 log_unavailable',
          answerMs: 4,
        },
        { name: 'metrics', url: 'http://127.0.0.1:8082', ready: true, problem: null, answerMs: 5 },
      ],
      lag: {
        identity: null,
        metrics: { processedThrough: '2026-01-01T00:00:00.000Z', pendingRecords: 1_234 },
      },
      consumers: [0, 1, 2, 3, 4].map((partition) => ({
        group: 'identity',
        topic: 'touchpoints.v1',
        partition,
        state: partition === 0 ? 'idle' : 'halted',
        lagRecords: partition * 1_000,
        lagSeconds: partition * 60,
      })),
      outboxes: [{ schema: 'identity', records: 0, oldestSeconds: 0 }],
      ingest: { accepted: 10, rejected: { invalid_time: 1, missing_field: 2 } },
      deadLetters: null,
      conflicts: 0,
    };
    const screen = statusScreen(status);
    expect(screen.split('\n').length).toBeLessThan(24);
    expect(screen).toContain('identity  NOT READY');
    expect(screen).toContain('figures   1,234     2026-01-01T00:00:00.000Z (1 min 10 s ago)');
    expect(screen).toContain(
      '  identity            10,000  4 min 0 s  ' +
        'HALTED touchpoints.v1/1, HALTED touchpoints.v1/2, HALTED touchpoints.v1/3 and 1 more',
    );
    expect(screen).toContain('  outbox of identity  0       -\n');
    expect(screen).toContain('rejected  3 (2 missing_field, 1 invalid_time)');
    expect(screen).toContain('profiles  unknown');
  });
});
