/** Which log: Kafka where brokers are named, else Postgres. The services do not know the difference. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { createKafkaEventLog } from './kafka/create-kafka-event-log.ts';
import type { EventLog } from './port.ts';
import { createPostgresEventLog } from './postgres/create-postgres-event-log.ts';

export interface EventLogOptions {
  /** Of the Postgres log; unused with Kafka. */
  pool: Pool;
  instanceId: string;
  logger: StructuredLog;
  /** `KAFKA_BROKERS`, split; undefined or empty for the Postgres log. */
  kafkaBrokers?: readonly string[] | undefined;
}

export function createEventLog({ pool, instanceId, logger, kafkaBrokers = [] }: EventLogOptions): EventLog {
  return kafkaBrokers.length > 0
    ? createKafkaEventLog({ brokers: kafkaBrokers, instanceId, logger })
    : createPostgresEventLog({ pool, instanceId, logger });
}
