import { describe, expect, test } from 'vitest';
import { observeActivity, type PartitionActivity } from '../../src/watch/consumer-activity.ts';
import { decideConsumerState, describeDoing } from '../../src/watch/decide-consumer-state.ts';

const activity = (over: Partial<PartitionActivity> = {}): PartitionActivity => ({
  step: 'waiting',
  since: 0,
  attempt: 0,
  haltReason: null,
  retries: 0,
  halts: new Map(),
  ...over,
});

describe('the state of a consumer', () => {
  const state = (over: Partial<Parameters<typeof decideConsumerState>[0]>) =>
    decideConsumerState({ owner: 'here', activity: activity(), lagRecords: 0, isStalled: false, ...over });

  test.each([
    ['idle', {}],
    ['consuming', { lagRecords: 3 }],
    ['retrying', { lagRecords: 3, activity: activity({ step: 'handling', attempt: 2 }) }],
    ['retrying', { activity: activity({ step: 'resting', attempt: 1 }) }],
    // The source failed, was opened again, and nothing has come since.
    ['idle', { activity: activity({ attempt: 1 }) }],
    ['unowned', { owner: 'none', activity: undefined }],
    ['stalled', { owner: 'none', activity: undefined, lagRecords: 1, isStalled: true }],
    ['stalled', { lagRecords: 1, isStalled: true, activity: activity({ attempt: 9 }) }],
    [
      'halted',
      { lagRecords: 1, isStalled: true, activity: activity({ haltReason: 'log_ends_below_offset' }) },
    ],
    // What this process' consumer did before the partition went away says nothing.
    [
      'consuming',
      { owner: 'elsewhere', lagRecords: 1, activity: activity({ haltReason: 'log_ends_below_offset' }) },
    ],
  ] as const)('is %s', (expected, known) => {
    expect(state(known)).toBe(expected);
  });

  test('names what is being done', () => {
    expect(describeDoing('here', activity({ step: 'handling', since: 2_000, attempt: 1 }), 9_000)).toEqual({
      doing: 'handling',
      sinceMs: 7_000,
      attempt: 1,
    });
    expect(describeDoing('none', activity({ step: 'handling' }), 0).doing).toBe('unassigned');
    expect(describeDoing('here', activity({ haltReason: 'log_ends_below_offset' }), 0).doing).toBe('halted');
  });
});

describe('the activity of a consumer', () => {
  function observe() {
    let clock = 0;
    let work: () => Promise<void> = () => Promise.resolve();
    const observed = observeActivity(
      {
        group: 'g',
        topics: ['t'],
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: () => work(),
        onProblem: () => {},
      },
      () => clock,
    );
    return {
      ...observed,
      tick: (ms: number) => (clock += ms),
      use: (next: () => Promise<void>) => (work = next),
      one: () => observed.of('t', 0),
    };
  }
  const batch = () => ({ topic: 't', partition: 0, records: [], signal: new AbortController().signal });
  const halt = {
    kind: 'halted',
    topic: 't',
    partition: 0,
    reason: 'log_begins_above_offset',
    nextOffset: 0,
    beginOffset: 4,
    endOffset: 5,
  } as const;

  test('follows the calls of the log', async () => {
    const { observed, one, tick, use } = observe();
    await observed.loadPosition('t', 0);
    expect(one()).toMatchObject({ step: 'opening', since: 0 });
    tick(5);
    observed.onOpened?.({ topic: 't', partition: 0 });
    expect(one()).toMatchObject({ step: 'waiting', since: 5 });
    tick(5);
    const released = Promise.withResolvers<void>();
    use(() => released.promise);
    const handled = observed.handle(batch());
    expect(one()).toMatchObject({ step: 'handling', since: 10 });
    released.resolve();
    await handled;
    expect(one()).toMatchObject({ step: 'waiting' });
  });

  test('counts failures until a batch goes through', async () => {
    const { observed, one } = observe();
    const failure = { kind: 'retrying', topic: 't', partition: 0, error: new Error('no') } as const;
    observed.onProblem({ ...failure, attempt: 1 });
    observed.onProblem({ ...failure, attempt: 2 });
    observed.onOpened?.({ topic: 't', partition: 0 });
    expect(one()).toMatchObject({ attempt: 2, retries: 2 });
    await observed.handle(batch());
    expect(one()).toMatchObject({ attempt: 0, retries: 2 });
  });

  test('keeps a halt through the attempts to open, counts it once, and ends it when the log can be read', async () => {
    const { observed, one } = observe();
    observed.onProblem(halt);
    await observed.loadPosition('t', 0);
    observed.onProblem(halt);
    expect(one()).toMatchObject({
      haltReason: 'log_begins_above_offset',
      halts: new Map([['log_begins_above_offset', 1]]),
    });
    observed.onOpened?.({ topic: 't', partition: 0 });
    expect(one()).toMatchObject({ haltReason: null });
    observed.onProblem(halt);
    expect(one()?.halts.get('log_begins_above_offset')).toBe(2);
  });
});
