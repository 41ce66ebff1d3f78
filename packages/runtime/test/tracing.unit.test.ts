import { describe, expect, test } from 'vitest';
import { createHttpApp, createKeyRing, createLogger } from '../src/index.ts';
import { createTracing } from '../src/tracing/create-tracing.ts';
import { parseTracing } from '../src/tracing/tracing-config.ts';

const traceparent = '00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01';
const silent = createLogger({ service: 'fixture', level: 'silent' });

describe('the settings of tracing', () => {
  test('name no collector unless one is set', () => {
    expect(parseTracing({ OTEL_TRACES_SAMPLER: 'always_on' })).toBeNull();
    expect(parseTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeNull();
  });

  test('are those of OpenTelemetry', () => {
    expect(parseTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' })).toEqual({
      url: 'http://collector:4318/v1/traces',
      sampler: 'parentbased_always_on',
      ratio: 1,
    });
    expect(
      parseTracing({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.1',
      }),
    ).toEqual({ url: 'https://traces.example.com/in', sampler: 'parentbased_traceidratio', ratio: 0.1 });
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:secret@collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer abc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ])('%s=%s is refused by its name, and is not repeated', (name, value) => {
    const parse = () => parseTracing({ [name]: value });
    expect(parse).toThrow(name);
    expect(parse).not.toThrow(value);
  });
});

describe('without a collector', () => {
  test('there is no tracing', async () => {
    expect(await createTracing({ service: 'fixture', config: null, logger: silent })).toBeUndefined();
  });

  test('a request keeps the trace that it came with, and none that cannot be read', async () => {
    const seen: (string | undefined)[] = [];
    const { app } = await createHttpApp({
      service: 'fixture',
      title: 'Fixture',
      description: 'of a test',
      logger: silent,
      keyRing: createKeyRing({}),
      host: '127.0.0.1',
      ready: {},
    });
    app.get('/seen', (request) => {
      seen.push(request.trace?.traceparent);
      return {};
    });
    for (const sent of [traceparent, 'no trace context', undefined]) {
      const headers = { host: '127.0.0.1', ...(sent === undefined ? {} : { traceparent: sent }) };
      expect((await app.inject({ url: '/seen', headers })).statusCode).toBe(200);
    }
    expect(seen).toEqual([traceparent, undefined, undefined]);
    await app.close();
  });
});

describe('with a collector', () => {
  const config = { url: 'http://127.0.0.1:9/v1/traces', sampler: 'parentbased_always_on', ratio: 1 } as const;

  test('what follows from a request names its span, in the trace of its caller', async () => {
    const tracing = await createTracing({ service: 'fixture', config, logger: silent });
    const request = tracing?.beginRequest({ method: 'POST', id: 'req_1' }, traceparent);
    expect(request?.traceparent).toMatch(/^00-5b8efff798038103d269b633813fc60c-[0-9a-f]{16}-01$/);
    expect(request?.traceparent).not.toBe(traceparent);
  });

  test('a caller that is not sampled stays so, and a request without a caller begins a trace', async () => {
    const tracing = await createTracing({ service: 'fixture', config, logger: silent });
    const unsampled = tracing?.beginRequest(
      { method: 'POST', id: 'req_1' },
      traceparent.replace(/01$/, '00'),
    );
    expect(unsampled?.traceparent).toMatch(/-00$/);
    const first = tracing?.beginRequest({ method: 'POST', id: 'req_2' }, undefined);
    expect(first?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  test('a transaction has a span for each trace, up to a number of them, and passes the others on', async () => {
    const tracing = await createTracing({ service: 'fixture', config, logger: silent });
    const traces = Array.from(
      { length: 150 },
      (_, number) => `00-${String(number + 1).padStart(32, '0')}-eee19b7ec3c1b174-01`,
    );
    const trace = tracing?.records.begin({ group: 'g', topic: 't', traceparents: [...traces, undefined] });
    const followed = traces.map((one) => trace?.follow(one));
    expect(followed.filter((one, index) => one !== traces[index])).toHaveLength(100);
    expect(followed.map((one) => one?.slice(3, 35))).toEqual(traces.map((one) => one.slice(3, 35)));
    expect(trace?.follow(undefined)).toBeUndefined();
  });

  test('one that takes nothing is logged once, and keeps nothing from stopping', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'fixture',
      destination: { write: (line: string) => void lines.push(line) },
    });
    const tracing = await createTracing({ service: 'fixture', config, logger });
    tracing?.beginRequest({ method: 'GET', id: 'req_1' }, undefined).end({ route: '/x', status: 200 });
    await tracing?.stop();
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'tracing.export_failed',
    ]);
  });
});
