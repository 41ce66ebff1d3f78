/** An alert on a metric that no service exports never fires. The services are started and asked. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardJson, rows } from '../src/dashboard.ts';
import { startServices, type Services } from './services.ts';
import { startTraceCollector, type TraceCollector } from './trace-collector.ts';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

const read = (name: string): unknown =>
  parse(readFileSync(path.join(import.meta.dirname, '..', name), 'utf8'), { strict: true });
const { groups } = read('alerts.yml') as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** What Prometheus itself adds. */
const ownMetrics = ['up'];
const ownLabels = ['job', 'instance', '__name__'];

const metricPattern = /\b(?:up|(?:throughline|http|process|nodejs)_[a-z_][a-z0-9_]*)\b/g;
const metricsOf = ({ expr }: Pick<Rule, 'expr'>): string[] =>
  [...expr.matchAll(metricPattern)].map(([name]) => name);
const labelsOf = ({ expr, annotations }: Pick<Rule, 'expr' | 'annotations'>): string[] => [
  ...[...expr.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
  ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((one) => one.trim()),
  ),
  ...[...annotations.summary.matchAll(/\$labels\.([a-z_]+)/g)].map(([, label = '']) => label),
];

const groupNames = ['ingest.rejected', 'identity', 'identity.rejected', 'identity.journeys', 'metrics'];
const deadLettersOf = (text: string, group: string): number => {
  const sample = new RegExp(
    `^throughline_dead_letters_total\\{[^}]*group="${group}",code="unreadable_record"[^}]*\\} (\\d+)`,
    'm',
  );
  return Number(sample.exec(text)?.[1] ?? 0);
};

const sentTrace = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  traceparent: '00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01',
};

let services: Services;
let collector: TraceCollector;
const lines: string[] = [];
/** Labels of each metric that is exported, by name. */
const exported = new Map<string, Set<string>>();

async function readMetrics(): Promise<string> {
  const texts = await Promise.all(
    Object.values(services.urls).map(async (url) => await (await fetch(`${url}/metrics`)).text()),
  );
  return texts.join('\n');
}

beforeAll(async () => {
  collector = await startTraceCollector();
  services = await startServices({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    onLine: (line) => lines.push(line),
  });
  // Counters appear when they count for the first time: an item that is good, one that is not.
  await fetch(`${services.urls.ingest}/v1/touchpoints`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${services.keys.server}`,
      'content-type': 'application/json',
      traceparent: sentTrace.traceparent,
    },
    body: JSON.stringify([{ type: 'track', name: 'a', userId: 'ada' }, { type: 'nothing' }]),
  });
  for (const topic of ['touchpoints.v1', 'rejected.v1', 'resolved.v1', 'journeys.v1'])
    await services.appendUnreadable(topic);
  await until('the services export all of their consumers', async () => {
    const text = await readMetrics();
    exported.clear();
    for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_][a-z0-9_]*)(?:\{([^}]*)\})? /gm)) {
      const known = exported.get(name) ?? new Set<string>();
      for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
      exported.set(name, known);
    }
    for (const [, name = ''] of text.matchAll(/^# TYPE ([a-z_][a-z0-9_]*) counter$/gm)) {
      if (!exported.has(name)) exported.set(name, new Set());
    }
    const areSeen = groupNames.every((group) => text.includes(`throughline_consumer_state{group="${group}"`));
    const areCounted = groupNames.every((group) => deadLettersOf(text, group) >= 1);
    return (
      areSeen &&
      areCounted &&
      (exported.get('throughline_outbox_rows')?.size ?? 0) > 0 &&
      exported.has('throughline_metrics_freshness_seconds_count')
    );
  });
});

afterAll(async () => {
  await services.stop();
  await collector.stop();
});

describe('the alert rules', () => {
  test('are there, each with a name of its own, a limit in time or a range, and words', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule.alert).toMatch(/^Throughline[A-Z]\w+$/);
      expect(['page', 'ticket']).toContain(rule.labels.severity);
      expect(rule.for !== undefined || rule.expr.includes('[1h]')).toBe(true);
      expect(rule.annotations.description.length).toBeGreaterThan(20);
      const count = (character: string) => rule.expr.split(character).length;
      expect([count('('), count('{'), count('[')]).toEqual([count(')'), count('}'), count(']')]);
    }
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s names metrics that are exported',
    (_, rule) => {
      const names = metricsOf(rule);
      expect(names).not.toEqual([]);
      expect(names.filter((name) => !exported.has(name) && !ownMetrics.includes(name))).toEqual([]);
    },
  );

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s names labels that are exported',
    (_, rule) => {
      const labels = new Set([
        ...metricsOf(rule).flatMap((name) => [...(exported.get(name) ?? [])]),
        ...ownLabels,
      ]);
      expect(labelsOf(rule).filter((label) => !labels.has(label))).toEqual([]);
    },
  );

  test('notice a metric that no service exports', () => {
    const [rule] = rules;
    if (rule === undefined) throw new Error('no rules');
    const wrong = { ...rule, expr: 'throughline_consumer_lag_minutes{colour="red"} > 1' };
    expect(metricsOf(wrong).filter((name) => exported.has(name))).toEqual([]);
    expect(labelsOf(wrong)).toContain('colour');
  });
});

describe('the dashboard', () => {
  const panels = rows.flatMap((row) => row.panels);
  const known = (name: string): boolean =>
    exported.has(name) || exported.has(name.replace(/_bucket$/, '_count'));

  test('is what its source makes of it', () => {
    const file = path.join(import.meta.dirname, '../grafana-dashboard.json');
    expect(readFileSync(file, 'utf8')).toBe(dashboardJson());
  });

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s asks for metrics and labels that are exported',
    (_, { targets }) => {
      for (const { expr, legendFormat } of targets) {
        const names = metricsOf({ expr });
        expect(names).not.toEqual([]);
        expect(names.filter((name) => !known(name))).toEqual([]);
        const labels = new Set([...names.flatMap((name) => [...(exported.get(name) ?? [])]), 'le']);
        const asked = labelsOf({ expr, annotations: { summary: '', description: '' } });
        const shown = [...legendFormat.matchAll(/\{\{([a-z_]+)\}\}/g)].map(([, label = '']) => label);
        expect([...asked, ...shown].filter((label) => !labels.has(label))).toEqual([]);
      }
    },
  );

  test('shows the pools and the version of every service', async () => {
    const text = await readMetrics();
    for (const service of ['ingest', 'identity', 'metrics']) {
      expect(text).toMatch(
        new RegExp(`throughline_build_info\\{[^}]*node="v\\d+[^}]*service="${service}"[^}]*\\} 1`),
      );
      expect(text).toMatch(
        new RegExp(`throughline_pool_connections\\{[^}]*pool="api",state="idle"[^}]*service="${service}"`),
      );
    }
  });
});

describe('the trace of a request', () => {
  test('holds its way through every service, each step under the one before', async () => {
    const { traceId } = sentTrace;
    const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
    const find = (service: string, name: string) =>
      ofTrace().find((span) => span.service === `throughline-${service}` && span.name === name);
    const steps = () => [
      find('ingest', 'POST /v1/touchpoints'),
      find('identity', 'process touchpoints.v1'),
      find('metrics', 'process resolved.v1'),
    ];
    await expect.poll(() => steps().map((step) => step?.name)).not.toContain(undefined);
    const [request, resolved, counted] = steps();
    expect(request).toMatchObject({
      parentSpanId: sentTrace.spanId,
      attributes: { 'http.route': '/v1/touchpoints', 'http.response.status_code': 200 },
    });
    expect(resolved).toMatchObject({
      parentSpanId: request?.spanId,
      attributes: { 'messaging.batch.message_count': 1, 'messaging.consumer.group.name': 'identity' },
    });
    expect(counted?.parentSpanId).toBe(resolved?.spanId);
    // The rejected item of the same request.
    expect(find('ingest', 'process rejected.v1')?.parentSpanId).toBe(request?.spanId);
  });

  test('is named by the log lines of every service', () => {
    const logged = lines
      .map((line) => JSON.parse(line) as { event: string; traceId?: string; traceIds?: string[] })
      .filter(({ traceId, traceIds = [] }) => [traceId, ...traceIds].includes(sentTrace.traceId))
      .map(({ event }) => event);
    expect(new Set(logged)).toEqual(
      new Set([
        'touchpoints.accepted',
        'touchpoints.rejected',
        'touchpoints.resolved',
        'touchpoints.counted',
      ]),
    );
  });

  test('has no span of what machines ask every few seconds', () => {
    expect(collector.spans.filter(({ name }) => /livez|readyz|\/metrics$/.test(name))).toEqual([]);
  });
});

describe('the example of a configuration', () => {
  test('reads the rules, and names the job that they name', () => {
    const configuration = read('prometheus.yml') as {
      rule_files: string[];
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    expect(configuration.rule_files).toEqual(['alerts.yml']);
    const [job] = configuration.scrape_configs;
    expect(rules.filter(({ expr }) => expr.includes(`job="${job?.job_name}"`))).toHaveLength(2);
    expect(job?.static_configs[0]?.targets).toHaveLength(3);
  });
});
