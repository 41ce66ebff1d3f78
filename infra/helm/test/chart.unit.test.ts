/** The chart, rendered and held to Kubernetes' schemas, to the settings that exist and to what the compose file promises. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { consumerGroups, defaultPorts, serviceNames } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { settings } from '../../docs/src/settings-catalog.ts';
import { findFaults } from './find-faults.ts';
import { TemplateSet, type Scope } from './go-template.ts';
import {
  chartDirectory,
  defaultValues,
  manifestsOf,
  renderChart,
  valuesSchema,
  type Manifest,
} from './render-chart.ts';

const least = { image: { registry: 'registry.example.com/shop' } };
/** A value for everything that a template asks for. */
const most = {
  image: { registry: 'registry.example.com/shop', tag: '1.2.3', pullSecrets: ['registry-login'] },
  kafka: {
    brokers: 'kafka-1:9093,kafka-2:9093',
    compression: 'gzip',
    tls: { enabled: true, secret: 'kafka-tls', hasClientCertificate: true },
    sasl: { mechanism: 'scram-sha-512', secret: 'kafka-login' },
  },
  settings: { THROUGHLINE_TIME_ZONE: 'Europe/Berlin', THROUGHLINE_SOURCES: '{"website":{"a":"b: c"}}' },
  tracing: { endpoint: 'http://collector.observability:4318', headersSecret: 'collector-login' },
  autoscaling: { prometheus: 'http://prometheus.observability:9090', authentication: 'prometheus' },
  serviceAccount: { annotations: { owner: 'shop' } },
  ingest: {
    autoscaling: { enabled: true },
    disruptions: { maxUnavailable: '25%' },
    podAnnotations: { 'example.com/scrape': 'always' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'shop', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
  },
  identity: { autoscaling: { enabled: true } },
  metrics: { autoscaling: { enabled: true }, replicas: 1 },
  ingress: {
    enabled: true,
    className: 'nginx',
    annotations: { 'example.com/body-size': '5m' },
    hosts: { ingest: 'in.example.com', metrics: 'figures.example.com' },
    tlsSecret: 'example-com',
  },
  networkPolicy: {
    enabled: true,
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }],
  },
};

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}

interface Container {
  image: string;
  env: Variable[];
  resources: { requests: Record<string, string>; limits: { memory: string } };
  securityContext: object;
  volumeMounts: { name: string; mountPath: string }[];
}

interface PodSpec {
  securityContext: object;
  automountServiceAccountToken: boolean;
  containers: [Container];
}

const named = (manifests: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
};
const podOf = (manifests: readonly Manifest[], service: string): PodSpec => {
  const { spec = {} } = named(manifests, 'Deployment', `throughline-${service}`);
  return (spec['template'] as { spec: PodSpec }).spec;
};
const environmentOf = (manifests: readonly Manifest[], service: string): Variable[] =>
  podOf(manifests, service).containers[0].env;

describe('the manifests', () => {
  test.each([
    ['of the least that is asked for', least, 10],
    ['with everything set', most, 15],
  ])('%s are as Kubernetes has them', (_name, values, count) => {
    const manifests = renderChart(values);
    expect(manifests).toHaveLength(count);
    expect(manifests.flatMap(findFaults)).toEqual([]);
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('are held to schemas that see a misspelt field, a wrong kind of value and a missing one', () => {
    const [deployment] = renderChart(least).filter(({ kind }) => kind === 'Deployment');
    const broken = (change: (spec: Record<string, unknown>) => void): string[] => {
      const copy = structuredClone(deployment as Manifest);
      change(copy.spec as Record<string, unknown>);
      return findFaults(copy);
    };
    expect(broken((spec) => (spec['replica'] = 2))).toEqual(['Deployment has no field /spec/replica']);
    expect(broken((spec) => (spec['replicas'] = 'two'))).toEqual([expect.stringContaining('/spec/replicas')]);
    expect(broken((spec) => delete spec['selector'])).toEqual([expect.stringContaining('selector')]);
    expect(findFaults({ ...(deployment as Manifest), apiVersion: 'apps/v1beta1' })).toHaveLength(1);
  });

  test('select the pods that they are about', () => {
    const manifests = renderChart(least);
    for (const service of serviceNames) {
      const name = `throughline-${service}`;
      const deployment = named(manifests, 'Deployment', name).spec as {
        selector: { matchLabels: Scope };
        template: { metadata: { labels: Scope } };
      };
      const { matchLabels } = deployment.selector;
      expect(deployment.template.metadata.labels).toMatchObject(matchLabels);
      expect(named(manifests, 'Service', name).spec?.['selector']).toEqual(matchLabels);
      expect(named(manifests, 'PodDisruptionBudget', name).spec?.['selector']).toEqual({ matchLabels });
    }
  });
});

describe.each(serviceNames)('%s', (service) => {
  const manifests = renderChart(most);
  const pod = podOf(manifests, service);
  const [container] = pod.containers;

  test('does not run as root, and writes nothing but /tmp', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(['/tmp', '/run/kafka-tls']);
  });

  test('has its image, its port and the memory that compose gives it', () => {
    expect(container.image).toBe(`registry.example.com/shop/throughline-${service}:1.2.3`);
    expect(environmentOf(manifests, service)).toContainEqual({
      name: `THROUGHLINE_${service.toUpperCase()}_PORT`,
      value: String(defaultPorts[service]),
    });
    const compose = parse(readFileSync(path.join(chartDirectory, '../../docker-compose.yml'), 'utf8'), {
      merge: true,
    }) as { services: Record<string, { deploy: { resources: { limits: { memory: string } } } }> };
    const mebibytes = (text: string): number => Number.parseInt(text, 10) * (text.includes('G') ? 1_024 : 1);
    expect(mebibytes(container.resources.limits.memory)).toBe(
      mebibytes(compose.services[service]?.deploy.resources.limits.memory ?? ''),
    );
  });

  test('takes every secret by reference, and only those that it needs', () => {
    const variables = environmentOf(manifests, service);
    const secrets = variables.filter(({ name }) =>
      /_KEY$|SECRET|PASSWORD|DATABASE_URL|USERNAME|HEADERS/.test(name),
    );
    expect(secrets.filter(({ value }) => value !== undefined)).toEqual([]);
    const has = (name: string): boolean => secrets.some((one) => one.name === name);
    expect(has('THROUGHLINE_IDENTITY_SECRET')).toBe(service === 'identity');
    expect(variables.find(({ name }) => name === 'DATABASE_URL')?.valueFrom?.secretKeyRef).toEqual({
      name: 'throughline-databases',
      key: service,
    });
    expect(new Set(variables.map(({ name }) => name)).size).toBe(variables.length);
  });

  test('reads no variable that does not exist', () => {
    const known = new Set(settings.flatMap(({ names }) => names));
    expect(environmentOf(manifests, service).filter(({ name }) => !known.has(name))).toEqual([]);
  });
});

describe('scaling', () => {
  test('by lag asks for the group of the service, and leaves the number of instances to it', () => {
    const manifests = renderChart(most);
    for (const service of ['identity', 'metrics'] as const) {
      const scaled = named(manifests, 'ScaledObject', `throughline-${service}`);
      const { triggers } = scaled.spec as { triggers: { metadata: { query: string } }[] };
      expect(triggers[0]?.metadata.query).toContain(`{group="${consumerGroups[service]}"}`);
      expect(named(manifests, 'Deployment', `throughline-${service}`).spec).not.toHaveProperty('replicas');
    }
  });

  test('by lag needs to know where the lag is', () => {
    expect(() => renderChart({ ...most, autoscaling: { prometheus: '' } })).toThrow('autoscaling.prometheus');
  });

  test('is off by default', () => {
    const kinds = renderChart(least).map(({ kind }) => kind);
    expect(kinds).not.toContain('ScaledObject');
    expect(kinds).not.toContain('HorizontalPodAutoscaler');
  });
});

describe('the values', () => {
  test.each([
    ['a registry', {}, 'image.registry'],
    ['names that exist', { ...least, ingset: {} }, 'additional properties'],
    ['settings that exist', { ...least, settings: { THROUGHLINE_TIMEZONE: 'UTC' } }, '/settings'],
    ['no secret among the settings', { ...least, settings: { THROUGHLINE_ADMIN_KEY: 'ak_1' } }, '/settings'],
    ['brokers with ports', { ...least, kafka: { brokers: 'kafka-1' } }, '/kafka/brokers'],
    [
      'a secret for a login',
      { ...least, kafka: { brokers: 'a:1', sasl: { mechanism: 'plain' } } },
      '/kafka/sasl',
    ],
    [
      'a limit of memory',
      { ...least, ingest: { resources: { limits: { memory: null } } } },
      '/ingest/resources',
    ],
  ])('have to have %s', (_name, values, place) => {
    expect(() => renderChart(values)).toThrow(place);
  });

  test('may hold every setting but those that the chart makes itself', () => {
    const { properties } = valuesSchema() as {
      properties: { settings: { propertyNames: { enum: string[] } } };
    };
    const made =
      /^(DATABASE_URL|THROUGHLINE_(HOME|HOST|IDENTITY_SECRET)|KAFKA_.*|THROUGHLINE_.*_(PORT|URL)|THROUGHLINE_(WRITE|SERVER|READ|ADMIN)_KEY|OTEL_EXPORTER_OTLP_(ENDPOINT|HEADERS))$/;
    const names = settings.flatMap((setting) => setting.names).filter((name) => !made.test(name));
    expect(properties.settings.propertyNames.enum).toEqual(names.toSorted());
  });

  test('are those of the schema', () => {
    const { properties } = valuesSchema() as { properties: object };
    expect(Object.keys(properties).toSorted()).toEqual(
      ['global', ...Object.keys(defaultValues())].toSorted(),
    );
  });
});

describe('the templates', () => {
  const renderText = (text: string, data: Scope): string => new TemplateSet().add(text)(data);

  test('are rendered by the rules of Go', () => {
    const text =
      'a\n{{- range $key, $value := .map }}\n  {{ $key }}={{ $value | quote }}\n{{- end }}\n{{ if .none }}x{{ else if not .none }}y{{ end }}';
    expect(renderText(text, { map: { b: 1, a: '"' }, none: [] })).toBe('a\n  a="\\""\n  b="1"\ny');
    expect(() => renderText('{{ .a.b }}', {})).toThrow('nil pointer');
    expect(() => renderText('{{ unknown .a }}', { a: 1 })).toThrow('unknown');
    expect(() => renderText('{{ if .a }}', { a: 1 })).toThrow('end');
  });

  test('are rendered the same by Helm, where it is installed', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'chart-'));
    try {
      for (const values of [least, most]) {
        const file = path.join(directory, 'values.yaml');
        writeFileSync(file, stringify(values));
        const argv = ['template', 'throughline', chartDirectory, '--values', file];
        const { error = null, status, stdout, stderr } = spawnSync('helm', argv, { encoding: 'utf8' });
        if (error !== null && 'code' in error && error.code === 'ENOENT') return;
        expect([status, stderr]).toEqual([0, '']);
        const key = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;
        const sorted = (manifests: Manifest[]) =>
          manifests.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
        expect(sorted(manifestsOf(stdout))).toEqual(sorted(renderChart(values)));
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
