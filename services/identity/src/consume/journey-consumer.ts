/** Consumes `journeys.v1`, so that a profile shows where metrics has it in its journey. */
import { consumerGroups, type ProfileJourney, profileJourneySchema, topics } from '@throughline/contracts';
import { type Consumer, parseJsonRecord } from '@throughline/event-log';
import { saveProfileJourneys } from '../db/save-profile-journeys.ts';

export const journeyConsumer: Consumer<ProfileJourney, void> = {
  schema: 'identity',
  group: consumerGroups.identityJourneys,
  topic: topics.journeys,
  parse: (record) =>
    parseJsonRecord(record, { schema: profileJourneySchema, kindPaths: ['kind'], touchpointPath: '' }),
  handle: ({ client, records }) => saveProfileJourneys(client, records),
};
