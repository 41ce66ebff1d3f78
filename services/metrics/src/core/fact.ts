/**
 * A touchpoint as metrics keeps it: what the figures need and what later activity filters may ask, without the person behind it.
 * Its content is that of the accepted copy and never changes; only the identifier under which it counts does.
 */
import { stageOf, type MembershipCause, type TouchpointResolved, type Trust } from '@throughline/contracts';
import { matchesFilter } from './activity-filter.ts';
import type { ReportingCalendar } from './calendar.ts';
import type { Moment } from './moment.ts';
import { moneyOf } from './money.ts';
import type { SeriesCatalog } from './series.ts';
import { transactionRoleOf, type TransactionRole } from './transaction-role.ts';

export interface Fact extends Moment {
  key: string;
  identifier: string;
  assignmentVersion: number;
  assignmentCause: MembershipCause | null;
  /** ms since 1970 */
  receivedAt: number;
  /** of `at`, in the reporting zone */
  day: number;
  type: string;
  name: string | null;
  channel: string | null;
  trust: Trust;
  sentiment: number | null;
  transaction: string | null;
  role: TransactionRole;
  /** ms since 1970: its place among the records of its transaction. Public ones go by receipt, or they could be backdated. */
  rankedAt: number;
  stage: string | null;
  /** Minor units of `currency`; both or neither. */
  amount: number | null;
  currency: string | null;
  properties: Readonly<Record<string, unknown>> | null;
}

export function factOf(
  record: TouchpointResolved,
  catalog: SeriesCatalog,
  calendar: ReportingCalendar,
): Fact {
  const { touchpoint } = record;
  const at = Date.parse(touchpoint.occurredAt);
  const receivedAt = Date.parse(touchpoint.receivedAt);
  const properties = touchpoint.properties ?? null;
  const money = moneyOf(touchpoint.properties);
  return {
    key: touchpoint.key,
    identifier: record.identifier,
    assignmentVersion: record.assignmentVersion,
    assignmentCause: record.assignmentCause,
    at,
    receivedAt,
    day: calendar.dayOf(at),
    type: touchpoint.type,
    name: touchpoint.name,
    source: touchpoint.source,
    id: touchpoint.id,
    channel: touchpoint.channel ?? null,
    trust: touchpoint.trust,
    sentiment: touchpoint.sentiment ?? null,
    transaction: record.transaction,
    role: transactionRoleOf({ ...touchpoint, properties }),
    rankedAt: touchpoint.trust === 'server' ? at : receivedAt,
    stage: stageOf(catalog.settings.journeyMap, touchpoint),
    amount: money?.amount ?? null,
    currency: money?.currency ?? null,
    properties,
  };
}

/** Names of the activities that the fact is an occurrence of. */
export function activitiesOf(
  catalog: SeriesCatalog,
  fact: Pick<Fact, 'type' | 'name' | 'source' | 'channel' | 'stage' | 'sentiment' | 'properties'>,
): { name: string; perTransaction: boolean }[] {
  return catalog.settings.activities.filter(({ filter }) => matchesFilter(filter, fact));
}
