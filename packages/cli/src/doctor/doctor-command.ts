/** `throughline doctor`: what is wrong with a deployment, and what mends it. */
import { parseArgs } from 'node:util';
import type { CliConfig } from '../config.ts';
import { doctorScreen } from '../core/doctor/finding.ts';
import { checkDatabase } from './check-database.ts';
import { checkHome } from './check-home.ts';
import { checkLog } from './check-log.ts';
import { checkServices } from './check-services.ts';
import { checkSettings } from './check-settings.ts';

export const doctorHelp = `Usage: throughline doctor [options]

Checks, from where it is run and with the environment that the services have: their settings, the data directory with its
rights and its disk, Postgres (reached, version, rights, durability), the clock, Kafka and its topics, and the services
themselves. It changes nothing. Each fault comes with what mends it.

  --json                 the findings as JSON
  --offline              only what can be checked without running services

Ends with 0 when nothing is at fault (warnings are none), else with 1.

Examples:
  throughline doctor
  DATABASE_URL=postgres://… KAFKA_BROKERS=kafka-1:9092 throughline doctor --offline
`;

const serviceTimeoutMs = 5_000;

/** Returns the exit code. */
export async function doctorCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { json: { type: 'boolean', default: false }, offline: { type: 'boolean', default: false } },
  });
  const [settings, ...others] = await Promise.all([
    checkSettings(config),
    checkDatabase(config),
    checkLog(config),
    ...(values.offline ? [] : [checkServices(config, serviceTimeoutMs)]),
  ]);
  const findings = [...settings, ...checkHome(config), ...others.flat()];
  console.log(values.json ? JSON.stringify({ findings }, null, 2) : doctorScreen(findings));
  return findings.some(({ state }) => state === 'fault') ? 1 : 0;
}
