/** Sales by day, week or month, and by store, register or channel: they agree with the tills' own totals. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import type { AsOf } from '../core/as-of.ts';
import { periods, type Period } from '../core/period.ts';
import { customersOf, type PeriodCustomers } from '../core/sales-customers.ts';
import {
  groupsOf,
  maxGroups,
  reportPeriods,
  reportSales,
  type PeriodSales,
  type SalesQuestion,
} from '../core/sales-report.ts';
import { readSales, type SalesChange } from '../db/read-sales.ts';
import { readFormat, sendCsv, tableAnswers, type CsvRow } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readLifecycle } from './lifecycle-changes.ts';
import { readChoice, readDayRange, readQuery } from './query.ts';

const groupings = ['store', 'register', 'channel'] as const;
/** Cells of an answer, and of what it is made from. */
const maxRows = 200_000;

const amount = z.int().describe('Minor units of the currency.');
const periodSchema = z.object({
  start: z.string(),
  transactions: z.int(),
  repeatTransactions: z
    .int()
    .nullable()
    .describe('Purchases of identified customers after their first, those of one day as one; null by group.'),
  customers: z
    .int()
    .nullable()
    .describe(
      'Identified customers who purchased; null by group, and where the range begins within the period.',
    ),
  refunds: z.int(),
  units: z.number(),
  currencies: z.record(
    z.string(),
    z.object({
      revenue: amount,
      refunds: amount.describe('Minor units, negative.'),
      net: amount.describe('revenue + refunds'),
      tax: amount,
      discount: amount,
      cost: amount,
    }),
  ),
  partial: z.boolean().describe('Not all days of the period are asked for, or over.'),
});
const { sales: definition } = figureDefinitions;
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  period: z.enum(periods),
  periods: z.array(periodSchema).optional(),
  groups: z
    .array(z.object({ group: z.record(z.string(), z.string().nullable()), periods: z.array(periodSchema) }))
    .optional()
    .describe(
      `With groupBy: at most ${maxGroups} with most transactions, and \`other\`. A register has its \`store\` beside it.`,
    ),
  freshness: freshnessSchema,
});
const amounts = ['revenue', 'refunds', 'net', 'tax', 'discount', 'cost'] as const;
const csvHead = ['start', 'group', 'currency', 'transactions', 'refundTransactions', 'units'];
const columns = [...csvHead, ...amounts, 'repeatTransactions', 'customers', 'partial'];

export function addSalesRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/sales',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'sales',
        tags: ['figures'],
        summary: 'Sales by period, and by store, register or channel',
        description:
          'Needs a read key. All transactions, those of unidentified customers too. A void takes its sale out; a refund ' +
          'counts on its own day, and tax, discount, cost and units are those of sales less those of refunds.',
        querystring: z.object({
          period: z.enum(periods).optional().meta({ description: 'Default `day`.' }),
          groupBy: z.enum(groupings).optional(),
          ...rangeParameters,
          ...asOfParameter,
          ...formatParameter,
        }),
        response: {
          200: tableAnswers(
            answer,
            `${columns.join(',')}\r\n2026-03-10,,EUR,1,0,2,1250,0,1250,200,0,0,0,1,false\r\n`,
          ),
          ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['period', 'groupBy', 'from', 'to', 'asOf', 'format']);
      const format = readFormat(request, query['format']);
      const period = readChoice(query, 'period', periods) ?? 'day';
      const groupBy = readChoice(query, 'groupBy', groupings);
      const { weekStart, pool, generation } = reader;
      const { asOf, today, freshness, head } = await openView(reader, query);
      const { from, to } = readDayRange(query, today);
      const changes = await readSales(pool, generation, { from, to, groupBy, limit: maxRows + 1, asOf });
      const view = head('sales', { from, to });
      const question = { from, to, period, weekStart, today };
      limitRows(changes, to - from + 1, groupBy === null);
      const common = { definition, ...view, period, freshness };
      if (groupBy !== null) {
        const groups = groupedSales(changes, question);
        if (format === 'csv') {
          const rows = groups.flatMap((group) => csvRows(csvGroup(group), group.periods));
          return await sendCsv(reply, columns, rows, freshness, view.self);
        }
        return await reply.send({
          ...common,
          groups: groups.map((group) => ({
            group: nameOfGroup(group, groupBy),
            periods: group.periods.map(present),
          })),
        });
      }
      const customers = await readCustomers(reader, { from, to, period, asOf });
      const all = reportPeriods(changes, question).map((one) => ({ ...one, ...customers(one.start) }));
      if (format === 'csv') {
        return await sendCsv(reply, columns, csvRows(null, all), freshness, view.self);
      }
      return await reply.send({ ...common, periods: all.map(present) });
    },
  );
}

interface GroupedSales {
  group: string | null;
  store: string | null;
  periods: ReportedPeriod[];
}

/** Customers are not known by group. */
function groupedSales(changes: readonly SalesChange[], question: SalesQuestion): GroupedSales[] {
  return reportSales(changes, question).map(({ periods: own, ...group }) => ({
    ...group,
    periods: own.map((one) => ({ ...one, repeatTransactions: null, customers: null })),
  }));
}

function nameOfGroup(
  { group, store }: GroupedSales,
  groupBy: (typeof groupings)[number],
): Record<string, string | null> {
  return groupBy === 'register' ? { store, register: group } : { [groupBy]: group };
}

async function readCustomers(
  reader: FigureReader,
  { from, to, period, asOf }: { from: number; to: number; period: Period; asOf: AsOf | null },
): Promise<(start: number) => PeriodCustomers> {
  const { catalog, weekStart } = reader;
  const series = catalog.activities.find(({ id }) => id === catalog.purchase);
  if (series === undefined) throw new Error('there is no activity of purchases');
  const read = await readLifecycle(reader, series, { from, to, periods: ['day', period], asOf });
  return customersOf(read.ofPeriod('day'), read.ofPeriod(period), { from, period, weekStart });
}

/** @throws AppError range_too_long */
function limitRows(changes: readonly SalesChange[], days: number, isOne: boolean): void {
  const groups = isOne ? 1 : Math.min(maxGroups + 1, groupsOf(changes).length);
  if (changes.length <= maxRows && groups * days <= maxRows) return;
  throw new AppError('range_too_long', 'there are too many days and groups for one answer', {
    field: 'from',
    expected: `at most ${maxRows} numbers`,
  });
}

type ReportedPeriod = PeriodSales & { repeatTransactions: number | null; customers: number | null };

function present(period: ReportedPeriod): Omit<ReportedPeriod, 'start'> & { start: string } {
  return { ...period, start: formatDay(period.start) };
}

/** A register as `store:register`, since its number is only unique in its store. */
function csvGroup({ group, store }: { group: string | null; store: string | null }): string | null {
  return store === null ? group : `${store}:${group ?? ''}`;
}

/** A row for each currency of each period; one without where there is none. */
function csvRows(group: string | null, rows: readonly ReportedPeriod[]): CsvRow[] {
  return rows.flatMap(({ start, refunds, currencies, ...row }): CsvRow[] => {
    const head = { ...row, start: formatDay(start), group, refundTransactions: refunds };
    const named = Object.entries(currencies);
    if (named.length === 0) {
      return [{ ...head, currency: null, ...Object.fromEntries(amounts.map((name) => [name, 0])) }];
    }
    return named.map(([currency, { refunds: refunded, ...sums }]) => ({
      ...head,
      currency,
      refunds: refunded,
      ...sums,
    }));
  });
}
