/** One log event and one counter for every record that any consumer sets aside. */
import type { DeadLetterCode, DeadLetterState } from '@throughline/contracts';
import type { ConsumerContext } from './consumer.ts';
import type { TouchpointReference } from './parsed-record.ts';

export interface SetAsideRecord {
  /** Of the dead letter. */
  id: number;
  topic: string;
  partition: number;
  offset: number;
  state: Exclude<DeadLetterState, 'replayed'>;
  code: DeadLetterCode;
  /** Must not quote the record. */
  problem: string;
  touchpoint: TouchpointReference | undefined;
}

const messages = {
  dead: 'a record cannot be used: it is kept as a dead letter',
  stuck: 'a record failed alone: it is kept as a dead letter and retried apart',
  waiting: 'a record is of an unknown kind: it is kept until a version that knows it',
} as const;

export function reportSetAside<T, R>(
  { consumer, watch, logger, loggableId }: ConsumerContext<T, R>,
  { id, touchpoint, ...fields }: SetAsideRecord,
): void {
  const { group } = consumer;
  watch.countDeadLetter(group, fields.code);
  const reference =
    touchpoint === undefined ? {} : { source: touchpoint.source, touchpoint: loggableId(touchpoint.id) };
  logger.error(
    { event: 'record.dead_letter', group, deadLetter: id, ...fields, ...reference },
    messages[fields.state],
  );
}
