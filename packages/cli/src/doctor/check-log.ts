/** The event log, where it is Kafka: brokers, rights and topics. In Postgres it is as good as the database. */
import { topics } from '@throughline/contracts';
import { examineKafka, LogFailure } from '@throughline/event-log';
import { ConfigError, parseKafka } from '@throughline/runtime/settings';
import type { CliConfig } from '../config.ts';
import { ok, type Finding } from '../core/doctor/finding.ts';

export async function checkLog({ environment }: CliConfig): Promise<Finding[]> {
  try {
    const kafka = parseKafka(environment);
    if (kafka === undefined) return [ok('log', 'in Postgres')];
    const { brokers, missing, faults } = await examineKafka(kafka, Object.values(topics));
    const found = `${brokers} ${brokers === 1 ? 'broker' : 'brokers'} of Kafka`;
    const remark = missing.length === 0 ? '' : `; the services will create ${missing.join(', ')}`;
    return [
      ok('log', `${found}${remark}`),
      ...faults.map(({ isFatal, problem, hint }): Finding => ({
        check: 'log',
        state: isFatal ? 'fault' : 'warning',
        message: `Kafka: ${problem}`,
        remedy: hint,
      })),
    ];
  } catch (error) {
    if (error instanceof LogFailure) {
      const message = error.message.slice(0, error.message.length - error.hint.length).trim();
      return [{ check: 'log', state: 'fault', message, remedy: error.hint }];
    }
    // Settings are reported by the check of settings.
    if (error instanceof ConfigError) return [];
    throw error;
  }
}
