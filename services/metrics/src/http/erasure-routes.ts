/** What was removed for an erasure: the end of the confirmation that identity gives. */
import { erasedFactsSchema } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { findErased } from '../db/erasures.ts';
import type { FigureReader } from './figure-reader.ts';
import { readQuery } from './query.ts';

const exampleId = '0f8fad5b-d9cb-469f-a165-70867728950e';

export function addErasureRoutes(
  app: HttpApp,
  { pool }: Pick<FigureReader, 'pool'>,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/erasures/:id',
    {
      onRequest: requireKey('admin'),
      schema: {
        operationId: 'erasedFacts',
        tags: ['operations'],
        summary: 'What has been removed here for an erasure',
        description: 'Needs an admin key. Identity asks it for the confirmation of the erasure.',
        params: z.object({ id: z.uuid().meta({ examples: [exampleId] }) }),
        response: { 200: erasedFactsSchema, ...problemAnswers('invalid_parameter') },
      },
    },
    async ({ params: { id }, query }) => {
      readQuery(query, []);
      return await findErased(pool, id);
    },
  );
}
