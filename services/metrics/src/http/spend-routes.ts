/** What was spent to win customers, and what each new one cost. */
import { AppError, minorUnitsOf } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay, parseDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { createSeriesValue } from '../core/growth.ts';
import { readSeries } from '../db/read-series.ts';
import { readSpend, type CampaignSpend } from '../db/read-spend.ts';
import { saveSpend, type Spend } from '../db/save-spend.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { activityParameter, formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readActivity, readDayRange, readQuery, type Query } from './query.ts';

const maxItems = 1_000;
/** Channels and campaigns of an answer. */
const maxCampaigns = 10_000;
const { spend: definition } = figureDefinitions;
const name = (length: number) =>
  z
    .string()
    .trim()
    .max(length)
    .regex(/^\P{C}*$/u);
const amount = z.int().describe('Minor units of the currency.');

const spendBody = z.strictObject({
  items: z
    .array(
      z.strictObject({
        day: z.iso.date(),
        channel: name(100).min(1),
        campaign: name(200).optional().describe('None where it is missing.'),
        currency: z.string().regex(/^[A-Za-z]{3}$/),
        amount: z
          .union([z.number(), z.string()])
          .describe('In the currency itself, such as 12.50; not negative.'),
      }),
    )
    .min(1)
    .max(maxItems),
});

const answer = z.object({
  definition: z.string(),
  activity: z.string(),
  from: z.string(),
  to: z.string(),
  newCustomers: z.int(),
  currencies: z.record(z.string(), z.object({ amount, costPerNewCustomer: z.number().nullable() })),
  campaigns: z.array(z.object({ channel: z.string(), campaign: z.string(), currency: z.string(), amount })),
  freshness: freshnessSchema,
});
const columns = ['channel', 'campaign', 'currency', 'amount', 'newCustomers', 'costPerNewCustomer'];

export function addSpendRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  addSaveRoute(app, reader, requireKey);
  addReadRoute(app, reader, requireKey);
}

function addSaveRoute(app: HttpApp, { pool }: FigureReader, requireKey: ServiceHttp['requireKey']): void {
  app.put(
    '/v1/metrics/spend',
    {
      onRequest: requireKey('server'),
      schema: {
        operationId: 'saveSpend',
        tags: ['figures'],
        summary: 'What was spent on a day, channel and campaign',
        description:
          'Needs a server or an admin key. What is said of a day, channel and campaign takes the place of what was said before, so ' +
          'a request can be repeated.',
        querystring: z.strictObject({}),
        body: spendBody.meta({
          examples: [
            {
              items: [
                {
                  day: '2026-03-02',
                  channel: 'search',
                  campaign: 'spring',
                  currency: 'EUR',
                  amount: '120.00',
                },
              ],
            },
          ],
        }),
        response: {
          200: z.object({ saved: z.int() }),
          ...problemAnswers(
            'invalid_parameter',
            'malformed_json',
            'empty_body',
            'request_timeout',
            'payload_too_large',
            'unsupported_media_type',
          ),
        },
      },
    },
    async ({ body }) => {
      const spends = body.items.map(toSpend);
      const places = new Set(
        spends.map(({ day, channel, campaign }) => JSON.stringify([day, channel, campaign])),
      );
      if (places.size < spends.length) {
        throw new AppError('invalid_parameter', 'two items are of one day, channel and campaign', {
          field: 'items',
          expected: 'each day, channel and campaign once',
        });
      }
      await saveSpend(pool, spends);
      return { saved: spends.length };
    },
  );
}

/** @throws AppError invalid_parameter */
function toSpend(item: z.infer<typeof spendBody>['items'][number], index: number): Spend {
  const currency = item.currency.toUpperCase();
  const minor = minorUnitsOf(item.amount, currency);
  if (minor === null || minor < 0) {
    throw new AppError('invalid_parameter', 'the amount is none that was spent', {
      field: `items[${index}].amount`,
      expected: 'a number, or digits such as 12.50, not negative',
    });
  }
  const day = parseDay(item.day);
  if (day === null)
    throw new AppError('invalid_parameter', 'day must be a real day', { field: `items[${index}].day` });
  return { day, channel: item.channel, campaign: item.campaign ?? '', currency, amount: minor };
}

function addReadRoute(app: HttpApp, reader: FigureReader, requireKey: ServiceHttp['requireKey']): void {
  const activities = reader.catalog.activities.map(({ activity }) => activity);
  app.get(
    '/v1/metrics/spend',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'spend',
        tags: ['figures'],
        summary: 'What was spent, and the cost of a new customer',
        description:
          'Needs a read key. New customers are those whose first activity is on one of the days. CSV has a row for each channel, ' +
          'campaign and currency, and one for each currency as a whole.',
        querystring: z.object({
          activity: activityParameter(activities).optional(),
          ...rangeParameters,
          ...formatParameter,
        }),
        response: {
          200: tableAnswers(
            answer,
            `${columns.join(',')}\r\nsearch,spring,EUR,12000,,\r\nall,,EUR,12000,4,3000\r\n`,
          ),
          ...problemAnswers('invalid_parameter', 'unknown_activity', 'range_too_long'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['activity', 'from', 'to', 'format']);
      const format = readFormat(request, query['format']);
      const freshness = await reader.freshness();
      const { campaigns, ...head } = await readAcquisition(reader, query);
      if (format === 'json') return await reply.send({ definition, ...head, campaigns, freshness });
      const { newCustomers } = head;
      const rows = [
        ...campaigns.map((campaign) => ({ ...campaign, newCustomers: null, costPerNewCustomer: null })),
        ...Object.entries(head.currencies).map(([currency, ofCurrency]) => {
          return { channel: 'all', campaign: null, currency, newCustomers, ...ofCurrency };
        }),
      ];
      return await sendCsv(reply, columns, rows, freshness);
    },
  );
}

async function readAcquisition({ pool, catalog, seriesIds, today }: FigureReader, query: Query) {
  const { activity, first } = readActivity(query, catalog.activities);
  const { from, to } = readDayRange(query, today());
  const campaigns = await readSpend(pool, { from, to, limit: maxCampaigns + 1 });
  if (campaigns.length > maxCampaigns) {
    throw new AppError('range_too_long', 'there are too many campaigns for one answer', {
      field: 'from',
      expected: `at most ${maxCampaigns} campaigns`,
    });
  }
  const changes = await readSeries(pool, [seriesIds[first] ?? -1], { from: from - 1, to });
  const value = createSeriesValue(changes);
  const newCustomers = value(to) - value(from - 1);
  const byCurrency = [...Map.groupBy(campaigns, ({ currency }) => currency)];
  const currencies = Object.fromEntries(
    byCurrency.map(([currency, own]) => [currency, costOf(own, newCustomers)]),
  );
  return { activity, from: formatDay(from), to: formatDay(to), newCustomers, currencies, campaigns };
}

function costOf(campaigns: readonly CampaignSpend[], newCustomers: number) {
  const spent = campaigns.reduce((sum, one) => sum + one.amount, 0);
  return { amount: spent, costPerNewCustomer: newCustomers === 0 ? null : spent / newCustomers };
}
