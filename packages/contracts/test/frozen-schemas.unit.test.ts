import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  acceptedTouchpointSchema,
  activityFilterSchema,
  journeyMapSchema,
  membershipChangedSchema,
  problemSchema,
  profileChangedSchema,
  profileErasedSchema,
  profileJourneySchema,
  receivedReceiptSchema,
  rejectedItemSchema,
  touchpointResolvedSchema,
} from '../src/index.ts';

/**
 * What is in a deployment's log and store is read by every later version: a difference here is a promise broken, unless it
 * only adds an optional field.
 */
describe('the released schemas', () => {
  test.each([
    ['accepted-touchpoint', acceptedTouchpointSchema],
    ['rejected-item', rejectedItemSchema],
    ['received-receipt', receivedReceiptSchema],
    ['touchpoint-resolved', touchpointResolvedSchema],
    ['membership-changed', membershipChangedSchema],
    ['profile-erased', profileErasedSchema],
    ['profile-journey', profileJourneySchema],
    ['profile-changed', profileChangedSchema],
    ['journey-map', journeyMapSchema],
    ['activity-filter', activityFilterSchema],
    ['problem', problemSchema],
  ])('%s is as released', async (name, schema) => {
    const json = JSON.stringify(z.toJSONSchema(schema, { unrepresentable: 'any' }), null, 2);
    await expect(`${json}\n`).toMatchFileSnapshot(`frozen/${name}.json`);
  });
});
