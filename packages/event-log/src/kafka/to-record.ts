/** A message of Kafka as the port has it. Its headers are input like any other: only a valid trace context is taken. */
import { parseTraceparent, writeTraceparent } from '@throughline/contracts';
import type { KafkaMessage } from 'kafkajs';
import type { LogRecord } from '../port.ts';

export function toRecord({
  offset,
  key,
  value,
  headers,
}: Pick<KafkaMessage, 'offset' | 'key' | 'value' | 'headers'>): LogRecord {
  const record = {
    offset: Number(offset),
    key: key?.toString('utf8') ?? '',
    value: value?.toString('utf8') ?? '',
  };
  const header = headers?.['traceparent'];
  if (header === undefined) return record;
  const context = parseTraceparent(Buffer.isBuffer(header) ? header.toString('latin1') : header);
  return context === null ? record : { ...record, traceparent: writeTraceparent(context) };
}
