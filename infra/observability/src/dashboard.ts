/**
 * The Grafana dashboard as data: one row for each question that an operator asks, in the order in which they are asked. Every
 * metric in it is held to what the services export.
 */

interface Target {
  expr: string;
  legendFormat: string;
}

interface Panel {
  title: string;
  description: string;
  /** https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
  unit: 'short' | 's' | 'reqps' | 'bytes' | 'percentunit' | 'ops';
  targets: readonly Target[];
}

interface Row {
  title: string;
  panels: readonly Panel[];
}

const target = (expr: string, legendFormat: string): Target => ({ expr, legendFormat });

export const rows: readonly Row[] = [
  {
    title: 'Does it take touchpoints in?',
    panels: [
      {
        title: 'Touchpoints a second',
        description: 'Accepted and rejected by ingest. A rejected item is kept with its reason.',
        unit: 'ops',
        targets: [
          target('sum(rate(throughline_ingest_touchpoints_accepted_total[5m]))', 'accepted'),
          target('sum(rate(throughline_ingest_touchpoints_rejected_total[5m]))', 'rejected'),
        ],
      },
      {
        title: 'Rejects by reason',
        description: 'throughline rejected --code <code> lists them, errors.md says what each means.',
        unit: 'ops',
        targets: [
          target('sum by (label) (rate(throughline_ingest_touchpoints_rejected_total[5m]))', '{{label}}'),
        ],
      },
      {
        title: 'Answers with an error',
        description: '5xx of all requests, by service.',
        unit: 'percentunit',
        targets: [
          target(
            'sum by (service) (rate(http_request_duration_seconds_count{status=~"5.."}[5m])) / sum by (service) (rate(http_request_duration_seconds_count[5m]))',
            '{{service}}',
          ),
        ],
      },
      {
        title: 'Time to answer, 99th percentile',
        description: 'From the head of a request to the end of its answer.',
        unit: 's',
        targets: [
          target(
            'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))',
            '{{service}}',
          ),
        ],
      },
    ],
  },
  {
    title: 'Are profiles and figures fresh?',
    panels: [
      {
        title: 'Records that are not consumed',
        description:
          'By consumer group. Each process reports its own partitions, so the maximum over processes counts.',
        unit: 'short',
        targets: [
          target(
            'sum by (group) (max by (group, topic, partition) (throughline_consumer_lag_records))',
            '{{group}}',
          ),
        ],
      },
      {
        title: 'Age of the oldest of them',
        description: 'How long the first record that is not consumed has been in the log.',
        unit: 's',
        targets: [target('max by (group) (throughline_consumer_lag_seconds)', '{{group}}')],
      },
      {
        title: 'Partitions halted or stalled',
        description: 'Anything but 0 needs a person: deployment.md, "When a consumer halts".',
        unit: 'short',
        targets: [
          target(
            'sum by (group, state) (max by (group, topic, partition, state) (throughline_consumer_state{state=~"halted|stalled|unowned"}))',
            '{{group}} {{state}}',
          ),
        ],
      },
      {
        title: 'Time until a touchpoint is in its profile',
        description: 'From its receipt to the commit of identity: half of them, and 99 of 100.',
        unit: 's',
        targets: [
          target(
            'histogram_quantile(0.5, sum by (le) (rate(throughline_identity_freshness_seconds_bucket[5m])))',
            'median',
          ),
          target(
            'histogram_quantile(0.99, sum by (le) (rate(throughline_identity_freshness_seconds_bucket[5m])))',
            '99 of 100',
          ),
        ],
      },
      {
        title: 'Time until a touchpoint is in the figures',
        description: 'From its receipt to the commit of metrics: half of them, and 99 of 100.',
        unit: 's',
        targets: [
          target(
            'histogram_quantile(0.5, sum by (le) (rate(throughline_metrics_freshness_seconds_bucket[5m])))',
            'median',
          ),
          target(
            'histogram_quantile(0.99, sum by (le) (rate(throughline_metrics_freshness_seconds_bucket[5m])))',
            '99 of 100',
          ),
        ],
      },
      {
        title: 'Waiting in the outbox',
        description: 'What has been resolved and not been sent.',
        unit: 'short',
        targets: [target('max by (schema) (throughline_outbox_records)', '{{schema}}')],
      },
      {
        title: 'Dead letters',
        description: 'Records that could not be processed: throughline deadletters list.',
        unit: 'short',
        targets: [
          target('sum by (group, code) (increase(throughline_dead_letters_total[1h]))', '{{group}} {{code}}'),
        ],
      },
    ],
  },
  {
    title: 'Have the processes what they need?',
    panels: [
      {
        title: 'Connections to Postgres',
        description:
          'In use and waited for, by pool. Waiting requests mean that the pool, or Postgres, is too small.',
        unit: 'short',
        targets: [
          target(
            'sum by (service, pool, state) (throughline_pool_connections{state=~"used|waiting"})',
            '{{service}} {{pool}} {{state}}',
          ),
        ],
      },
      {
        title: 'Delay of the event loop, 99th percentile',
        description: 'Above some hundred milliseconds every answer waits.',
        unit: 's',
        targets: [target('max by (service) (nodejs_eventloop_lag_p99_seconds)', '{{service}}')],
      },
      {
        title: 'Processors in use',
        description: 'Of Node alone; Postgres and the brokers have their own.',
        unit: 'short',
        targets: [target('sum by (service) (rate(process_cpu_seconds_total[5m]))', '{{service}}')],
      },
      {
        title: 'Memory',
        description: 'Resident, by service.',
        unit: 'bytes',
        targets: [target('sum by (service) (process_resident_memory_bytes)', '{{service}}')],
      },
      {
        title: 'Versions that run',
        description: 'Two of one service at a time is an upgrade in progress.',
        unit: 'short',
        targets: [target('count by (service, version) (throughline_build_info)', '{{service}} {{version}}')],
      },
    ],
  },
];

const width = 24;
const panelWidth = 8;
const panelHeight = 8;

/** As Grafana imports it; the data source is asked for on import. */
export function dashboardJson(): string {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: ofRow } of rows) {
    panels.push({
      type: 'row',
      title,
      id: panels.length + 1,
      gridPos: { x: 0, y, w: width, h: 1 },
      panels: [],
    });
    y += 1;
    for (const [index, panel] of ofRow.entries()) {
      const x = (index * panelWidth) % width;
      const gridPos = {
        x,
        y: y + Math.floor((index * panelWidth) / width) * panelHeight,
        w: panelWidth,
        h: panelHeight,
      };
      panels.push(panelOf(panel, panels.length + 1, gridPos));
    }
    y += Math.ceil((ofRow.length * panelWidth) / width) * panelHeight;
  }
  const dashboard = {
    uid: 'throughline',
    title: 'Throughline',
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    tags: ['throughline'],
    // Asked for where there are several, when it is imported and when it is provisioned.
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function panelOf({ title, description, unit, targets }: Panel, id: number, gridPos: object): object {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    type: 'timeseries',
    id,
    title,
    description,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 8, lineWidth: 1 } }, overrides: [] },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: targets.map((each, index) => ({ refId: String.fromCharCode(65 + index), datasource, ...each })),
  };
}
