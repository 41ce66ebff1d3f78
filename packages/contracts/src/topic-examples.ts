/** An example of each record for the AsyncAPI document, by the name of its message; a test parses them. */

const ada = '5f0c1c38-6f0e-8b6a-9d57-1f4a8f3f7d01';
const cookie = '77d2c0a4-3a0b-8c9e-a2f6-0e6d1b7a9c02';
const at = '2026-03-01T10:00:00.000Z';
const receivedAt = '2026-03-01T10:00:01.204Z';
const bodyHash = 'q7Zr0mB1v3o1XyW2c9fKj0aTt5sLx8eN4uGdHhPpRiE';

export const topicExamples: Readonly<Partial<Record<string, object>>> = {
  acceptedTouchpoint: {
    touchpoint: {
      id: 'order-1042',
      source: 'shop',
      type: 'track',
      name: 'Order Completed',
      occurredAt: at,
      receivedAt,
      identifiers: [
        { type: 'user_id', value: '42' },
        { type: 'order_id', value: '1042' },
      ],
      properties: { order_id: '1042', revenue: 49.9, currency: 'EUR' },
    },
    trust: 'server',
    bodyHash,
    requestId: 'req_01',
  },
  rejectedItem: {
    rejectionId: '0191c2f4-8f52-7d3c-a1b2-3c4d5e6f7a80',
    receivedAt,
    source: 'shop',
    trust: 'server',
    requestId: 'req_02',
    route: '/v1/touchpoints',
    index: 3,
    id: 'order-1043',
    code: 'invalid_time',
    field: 'timestamp',
    message: 'the time is not valid',
    body: '{"id":"order-1043","timestamp":"30 February"}',
    bodyEncoding: 'json',
  },
  receivedReceipt: {
    source: 'tills',
    store: 'berlin-1',
    register: '2',
    businessDay: '2026-03-01',
    sequence: 118,
    state: 'accepted',
    id: 'berlin-1/2/2026-03-01/118',
    bodyHash,
    receivedAt,
  },
  touchpointResolved: {
    kind: 'touchpoint.resolved',
    touchpoint: {
      id: 'visit-7',
      source: 'website',
      type: 'page',
      name: 'Home',
      occurredAt: at,
      receivedAt,
      key: '1c7b5a90-52d3-8e11-b0c4-6a1f2e3d4c05',
      trust: 'public',
      campaign: { source: 'newsletter', name: 'spring' },
      consent: { marketing: true },
    },
    identifier: cookie,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier: cookie, version: 1, root: ada, profile: null, identifying: true, type: 'anonymous_id' },
      { identifier: ada, version: 0, root: ada, profile: ada, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'req_03',
  },
  profileErased: {
    kind: 'profile.erased',
    erasure: '0f8fad5b-d9cb-469f-a165-70867728950e',
    at: '2026-03-01T12:00:00.000Z',
    touchpoints: ['0f8fad5b-d9cb-869f-a165-70867728950f'],
    identifiers: [],
  },
  membershipChanged: {
    kind: 'membership.changed',
    cause: 'merge',
    reason: 'visit-7',
    memberships: [
      { identifier: cookie, version: 1, root: ada, profile: null, identifying: true, type: 'anonymous_id' },
    ],
  },
  profileJourney: {
    kind: 'profile.journey',
    profile: ada,
    version: 4,
    day: '2026-03-02',
    state: {
      stage: 'purchase',
      relationship: 'customer',
      lifecycle: 'new',
      valueClass: 'B',
      churn: [
        {
          activity: 'purchase',
          window: 30,
          lastActive: '2026-03-01',
          churnsOn: '2026-03-31',
          state: 'active',
        },
      ],
    },
    changes: [{ of: 'stage', from: 'consideration', to: 'purchase' }],
  },
  profileChanged: {
    kind: 'profile.changed',
    profile: ada,
    version: 1_772_359_200_000_123,
    at,
    state: 'live',
    mergedInto: null,
    identified: true,
    identifiers: [
      { id: ada, type: 'user_id' },
      { id: cookie, type: 'anonymous_id' },
    ],
    identifierCount: 2,
  },
};
