import { defaultJourneyMap, purchaseActivity } from '@throughline/contracts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { referenceFigures, referenceProfiles, type WorldTouchpoint } from '../../src/index.ts';
import { worldOf } from './small-world.ts';

const dataFolder = process.env['THROUGHLINE_DATA'];

function purchasesOf(text: string): WorldTouchpoint[] {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([customer]) => customer !== undefined && /^\d+$/.test(customer))
    .map(([customer = '', date = ''], row): WorldTouchpoint => {
      const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}T12:00:00.000Z`;
      return {
        source: 'server',
        id: String(row),
        type: 'track',
        name: 'Order Completed',
        trust: 'server',
        occurredAt: day,
        receivedAt: day,
        identifiers: [{ type: 'user_id', value: customer }],
      };
    });
}

/** Purchases of 23,570 customers in 1997 and 1998 (Fader and Hardie's CDNOW data); the figures are another program's, by sets of days. */
describe.skipIf(dataFolder === undefined)('the reference model on CDNOW', () => {
  test('gives the churn of the summer of 1997', () => {
    const text = readFileSync(path.join(dataFolder ?? '', 'cdnow', 'CDNOW_master.txt'), 'utf8');
    const world = worldOf(purchasesOf(text));
    expect(world.touchpoints).toHaveLength(69_659);
    const resolved = referenceProfiles(world);
    expect(resolved.profiles).toHaveLength(23_570);
    const day = '1997-07-01';
    const options = {
      activity: purchaseActivity,
      windows: [90],
      journeyMap: defaultJourneyMap,
      from: day,
      to: day,
    };
    const { growth, stages } = referenceFigures(world, resolved, options);
    expect(growth[0]).toMatchObject({
      customersAtStart: 23_264,
      retained: 5_275,
      churned: 17_989,
      new: 0,
      reactivated: 34,
      active: 5_309,
    });
    expect(stages.reduce((sum, { profiles }) => sum + profiles, 0)).toBe(23_570);
  });
});
