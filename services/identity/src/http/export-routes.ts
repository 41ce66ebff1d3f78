/** Everything that is held about a person, as one document or as lines, streamed. */
import { Readable } from 'node:stream';
import { AppError } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import { z } from 'zod';
import { writeDocument, writeLines } from './export-document.ts';
import { type ExportSources, findExportedProfile, readExport } from './read-export.ts';
import { identifierOfReference, profileNotFound, refParameter } from './reference.ts';

/** Exports that are being sent. Each reads for as long as its client takes to receive it. */
const maxExports = 4;

const linesType = 'application/x-ndjson';

export interface ExportRoutes extends ExportSources {
  canExport: RequestHook;
}

export function addExportRoutes(app: HttpApp, { canExport, ...sources }: ExportRoutes): void {
  let running = 0;
  app.get(
    '/v1/profiles/:ref/export',
    {
      onRequest: canExport,
      schema: {
        tags: ['profiles'],
        operationId: 'exportProfile',
        summary: 'Everything that is held about a person',
        description:
          'Needs an admin key. Identifiers, traits, links with their evidence, history, decisions, touchpoints with their bodies and ' +
          'with what metrics counts of them, and what was rejected under their ids. One JSON document that ends with ' +
          `\`complete\`; with \`format=ndjson\` or \`Accept: ${linesType}\` a line for each item, with its \`kind\` and its \`value\`, and a last ` +
          'line of the kind `end`. What breaks off is not complete.',
        params: z.object({ ref: refParameter }),
        querystring: z.strictObject({
          format: z
            .enum(['json', 'ndjson'])
            .exactOptional()
            .meta({ description: 'Decides over `Accept`.', examples: ['ndjson'] }),
        }),
        response: {
          200: {
            description: 'The export.',
            content: {
              'application/json': { schema: z.looseObject({ complete: z.literal(true) }) },
              [linesType]: { schema: z.string() },
            },
          },
          ...problemAnswers('invalid_parameter', 'profile_not_found', 'overloaded'),
        },
      },
    },
    async (request, reply) => {
      const { params, query, headers } = request;
      const identifier = identifierOfReference(params.ref, sources.ids, 'ref');
      const profile = await findExportedProfile(sources.pool, identifier);
      if (profile === null) throw profileNotFound('ref');
      if (running >= maxExports) throw new AppError('overloaded', `${maxExports} exports are being sent`);
      running += 1;
      const parts = readExport(sources, profile);
      const asLines = query.format === undefined ? prefersLines(headers.accept) : query.format === 'ndjson';
      // A chunk is a page: the next is read when the client has taken this one.
      const stream = Readable.from(asLines ? writeLines(parts) : writeDocument(parts), { highWaterMark: 1 });
      stream.once('close', () => (running -= 1));
      return await reply
        .type(asLines ? linesType : 'application/json; charset=utf-8')
        .send(stream as unknown as string);
    },
  );
}

function prefersLines(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((type) => type.split(';')[0]?.trim().toLowerCase() === linesType);
}
