/** What the state of the services says about a deployment, and what mends it. */
import type { Status, ServiceStatus } from '../status.ts';
import { findRemedy } from './find-remedy.ts';
import { ok, type Finding } from './finding.ts';

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
      message: `${name} is ready; ${messageOf(problem)}`,
      remedy: remedyOf(problem),
    };
  }
  return {
    check: 'services',
    state: 'fault',
    message: `${name} at ${url}: ${messageOf(problem)}`,
    remedy: remedyOf(problem),
  };
}

function messageOf(problem: string | null): string {
  if (problem === null) return 'not ready';
  const found = findRemedy(problem);
  return found === null ? problem : `${found.cause} (${problem})`;
}

function remedyOf(problem: string | null): string {
  return findRemedy(problem ?? '')?.remedy ?? 'Its log says more.';
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
