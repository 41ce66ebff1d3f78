/** What the state of the services says about a deployment, and what mends it. */
import type { Status, ServiceStatus } from '../status.ts';
import { ok, type Finding } from './finding.ts';

/** By the words that `/readyz` gives as reasons, and those of a connection that fails. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /does not answer \(ECONNREFUSED/,
    'Start it: npx -y pnpm@12 start for all; or correct THROUGHLINE_HOST and its port.',
  ],
  [/does not answer \((ENOTFOUND|EAI_AGAIN)/, 'Correct THROUGHLINE_HOST, or make its name known to DNS.'],
  [/fsync_off|full_page_writes_off/, 'Switch the setting on in postgresql.conf, and reload.'],
  [/clock/, 'Synchronize the clocks of ingest and Postgres by NTP.'],
  [/53100/, 'Free some space on the disk of Postgres.'],
  [
    /\blog: /,
    'See the brokers: the log check above names what is wrong with Kafka, where KAFKA_BROKERS is set here.',
  ],
  [
    /database: /,
    'See Postgres: the database check above names what is wrong, where DATABASE_URL is set here.',
  ],
  [/no answer in time/, 'The process hangs or is overloaded: see its log, and the load of the machine.'],
];

const stateRemedies: Readonly<Record<string, string>> = {
  halted:
    'It cannot resume without a gap: the reason is logged as consumer.halted; infra/docs/deployment.md, "When a consumer halts".',
  stalled:
    'Records are pending and the offset does not advance: see consumer.stalled in the log of the service.',
  unowned: 'No process consumes it: start another instance of the service, or wait for a rebalance to end.',
  retrying: 'A batch fails and is tried again: see consumer.retrying in the log of the service.',
};

export function judgeServices(status: Status): Finding[] {
  const services = status.services.map(judgeService);
  const consumers = status.consumers
    .filter(({ state }) => state in stateRemedies)
    .map(({ group, topic, partition, state }): Finding => ({
      check: 'services',
      state: state === 'halted' || state === 'stalled' ? 'fault' : 'warning',
      message: `the consumer ${group} of ${topic}/${partition} is ${state}`,
      remedy: stateRemedies[state] ?? null,
    }));
  return [...services, ...consumers, ...judgeDeadLetters(status)];
}

function judgeService({ name, url, ready, problem }: ServiceStatus): Finding {
  if (ready && problem === null) return ok('services', `${name} is ready at ${url}`);
  if (ready) {
    return {
      check: 'services',
      state: 'warning',
      message: `${name} is ready; ${problem}`,
      remedy: remedyOf(problem),
    };
  }
  return {
    check: 'services',
    state: 'fault',
    message: `${name} at ${url}: ${problem ?? 'not ready'}`,
    remedy: remedyOf(problem),
  };
}

function remedyOf(problem: string | null): string {
  const known = remedies.find(([pattern]) => pattern.test(problem ?? ''));
  return known?.[1] ?? 'Its log says more.';
}

function judgeDeadLetters({ deadLetters }: Status): Finding[] {
  if (deadLetters === null || deadLetters === 0) return [];
  return [
    {
      check: 'services',
      state: 'warning',
      message: `${deadLetters} records could not be processed since the services started`,
      remedy:
        'throughline deadletters list shows them; throughline deadletters replay has them processed again.',
    },
  ];
}
