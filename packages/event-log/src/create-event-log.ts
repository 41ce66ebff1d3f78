/** Which log: Kafka where brokers are named, else Postgres. The services do not know the difference. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { createKafkaEventLog } from './kafka/create-kafka-event-log.ts';
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

export function createEventLog({ pool, instanceId, logger, kafka }: EventLogOptions): EventLog {
  return kafka === undefined
    ? createPostgresEventLog({ pool, instanceId, logger })
    : createKafkaEventLog({ ...kafka, instanceId, logger });
}
