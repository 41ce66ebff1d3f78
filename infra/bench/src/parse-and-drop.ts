/** The first ceiling: fastify parses a batch, counts its items and drops them. Nothing that takes JSON can be cheaper. */
import fastify from 'fastify';

const app = fastify({ bodyLimit: 5 * 1024 * 1024 });

app.post<{ Body: { batch: unknown[] } }>('/v1/batch', (request, reply) => {
  return reply.send({ success: true, items: request.body.batch.length });
});

for (const path of ['/v1/touchpoints', '/v1/pos/receipts', '/com.snowplowanalytics.snowplow/tp2']) {
  app.post(path, (_request, reply) => reply.send({ success: true }));
}

const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.send?.({ address });
process.once('disconnect', () => void app.close());
