import { seededRandom } from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../src/config.ts';
import { growthOn, purchaseDays } from '../src/expected-growth.ts';
import { FaultRecord } from '../src/fault-record.ts';
import { createWorkload, toBatches } from '../src/workload.ts';

describe('the checker of fault runs', () => {
  test('makes the same touchpoints of one seed, and sends each at least once and a fifth twice', async () => {
    const options = { folder: undefined, touchpoints: 500, seed: 3 };
    const sent = await createWorkload(options);
    expect(await createWorkload(options)).toEqual(sent);
    const batches = toBatches(sent, seededRandom(3), 40);
    const ids = batches.flat().map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(sent.map(({ id }) => id)));
    expect(ids.length / sent.length).toBeGreaterThan(1.1);
    expect(ids.length / sent.length).toBeLessThan(1.3);
  });

  test('counts growth by the days of people', () => {
    const of = (person: string | null, day: number) => ({ id: '', item: {}, person, day, isPurchase: true });
    const people = purchaseDays([of('a', 1), of('a', 9), of('b', 3), of('c', 12), of(null, 12)]);
    expect(growthOn(people, 14, 7)).toEqual({
      day: '1970-01-15',
      customersAtStart: 2,
      active: 2,
      retained: 1,
      churned: 1,
      new: 1,
      reactivated: 0,
    });
  });

  test('fails a run in which a fault did not happen', () => {
    const faultRecord = new FaultRecord(['killed', 'suspended'], () => {});
    faultRecord.note('killed', true);
    faultRecord.note('suspended', false);
    expect(() => faultRecord.requireAll()).toThrow('suspended did not happen');
  });

  test('names the scenarios when it is asked for another', () => {
    expect(() => parseArguments(['none'], ['brokers'], {})).toThrow('there is no scenario none, but brokers');
    expect(() => parseArguments([], ['brokers'], {})).toThrow('a scenario is expected');
    expect(() => parseArguments(['brokers', 'x'], ['brokers'], {})).toThrow('one scenario at a time');
    expect(() => parseArguments(['brokers', '--full'], ['brokers'], {})).toThrow('THROUGHLINE_DATA');
    expect(parseArguments(['brokers', '--seed', '4'], ['brokers'], {})).toMatchObject({
      seed: 4,
      touchpoints: 3_000,
    });
  });
});
