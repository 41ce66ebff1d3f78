/** What customers are worth to date: their classes by revenue, and how unevenly it is spread. */
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { addSums, valueClasses, type CurrencyValuation, type ValueSums } from '../core/valuation.ts';
import { findValuation } from '../db/find-valuation.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readQuery } from './query.ts';

const { value: definition } = figureDefinitions;
const amount = z.int().describe('Minor units of the currency.');
const ratio = z.number().nullable();
const sums = {
  customers: z.int(),
  orders: z.int(),
  revenue: amount,
  refunds: amount.describe('Minor units, negative.'),
  net: amount.describe('revenue + refunds'),
  cost: amount,
  margin: amount.nullable().describe('net - cost; null where no cost was sent.'),
  frequency: ratio.describe('orders / customers'),
  averageOrderValue: ratio.describe('revenue / orders, in minor units.'),
  share: ratio.describe('Of the net revenue of all.'),
};
export const valuationHead = {
  day: z
    .string()
    .nullable()
    .describe('The closed day by whose end sales count; null before the first valuation.'),
  computedAt: z.string().nullable(),
};
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  ...valuationHead,
  currencies: z.record(
    z.string(),
    z.object({
      ...sums,
      classes: z.array(
        z.object({
          class: z.enum(valueClasses),
          ...sums,
          smallest: amount.describe('Smallest net revenue in it.'),
        }),
      ),
      pareto: z
        .array(z.object({ percent: z.int(), customers: z.int(), net: amount, share: ratio }))
        .describe('What the first so many percent of the customers by net revenue brought in.'),
    }),
  ),
  freshness: freshnessSchema,
});
const columns = ['currency', 'class', ...Object.keys(sums)];

export function addValueRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/value',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'value',
        tags: ['figures'],
        summary: 'What customers are worth to date, by class',
        description:
          'Needs a read key. Computed when a day closes, and again when records were consumed since: less than 5 % of the time, ' +
          'so within a minute for few customers and within the hour for a million.',
        querystring: z.object({ ...asOfParameter, ...formatParameter }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\nEUR,A,1,2,2200,0,2200,0,,2,1100,0.8\r\n`),
          ...problemAnswers('invalid_parameter', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['asOf', 'format']);
      const format = readFormat(request, query['format']);
      const { asOf, freshness, head } = await openView(reader, query);
      const found = await findValuation(reader.pool, reader.generation, asOf);
      const view = head('value', null);
      const currencies = Object.entries(found?.valuation ?? {}).map(
        ([currency, valuation]) => [currency, present(valuation)] as const,
      );
      if (format === 'csv') {
        const rows = currencies.flatMap(([currency, { classes, pareto: _pareto, ...all }]) => [
          ...classes.map(({ smallest: _smallest, ...one }) => ({ currency, ...one })),
          { currency, class: 'all', ...all },
        ]);
        return await sendCsv(reply, columns, rows, freshness, view.self);
      }
      return await reply.send({
        definition,
        ...view,
        day: found === null ? null : formatDay(found.day),
        computedAt: found?.computedAt.toISOString() ?? null,
        currencies: Object.fromEntries(currencies),
        freshness,
      });
    },
  );
}

function present({ classes, pareto }: CurrencyValuation) {
  const all = addSums(classes);
  const net = all.revenue + all.refunded;
  const brought = pareto.at(-1)?.net ?? 0;
  return {
    ...presentSums(all, net),
    classes: classes.map(({ class: name, smallest, ...own }) => ({
      class: name,
      ...presentSums(own, net),
      smallest,
    })),
    pareto: pareto.map((point) => ({ ...point, share: brought === 0 ? null : point.net / brought })),
  };
}

function presentSums({ customers, orders, revenue, refunded, cost }: ValueSums, netOfAll: number) {
  const net = revenue + refunded;
  return {
    customers,
    orders,
    revenue,
    refunds: refunded,
    net,
    cost,
    margin: cost === 0 ? null : net - cost,
    frequency: customers === 0 ? null : orders / customers,
    averageOrderValue: orders === 0 ? null : revenue / orders,
    share: netOfAll === 0 ? null : net / netOfAll,
  };
}
