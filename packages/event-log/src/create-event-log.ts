/** Which log: Kafka where brokers are named, else Postgres. The services do not know the difference. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { KafkaConnection } from './kafka/kafka-client.ts';
import type { EventLog } from './port.ts';
import { createPostgresEventLog } from './postgres/create-postgres-event-log.ts';

export interface EventLogOptions {
  /** Of the Postgres log; unused with Kafka. */
  pool: Pool;
  instanceId: string;
  logger: StructuredLog;
  /** How to reach Kafka; undefined for the Postgres log. */
  kafka?: KafkaConnection | undefined;
}

export async function createEventLog(options: EventLogOptions): Promise<EventLog> {
  const { pool, instanceId, logger, kafka } = options;
  if (kafka === undefined) return createPostgresEventLog({ pool, instanceId, logger });
  // Loaded only where it is used: Kafka's client is an eighth of what a service takes to load.
  const { createKafkaEventLog } = await import('./kafka/create-kafka-event-log.ts');
  return createKafkaEventLog({ ...kafka, instanceId, logger });
}
