/** `pnpm faults <scenario> [--full] [--touchpoints N] [--seconds N] [--seed N]` */
import { readArguments } from '../../stack/src/script-arguments.ts';
import { faultsUsage, parseArguments } from './config.ts';
import { runScenario } from './run.ts';
import { scenarios } from './scenarios.ts';

const names = Object.keys(scenarios);
const { scenario, ...options } = readArguments('pnpm faults', faultsUsage(names), (given) =>
  parseArguments(given, names),
);
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

try {
  const chosen = scenarios[scenario];
  if (chosen === undefined) throw new Error(`there is no scenario ${scenario}`);
  const startedAt = Date.now();
  const report = await runScenario(chosen, {
    ...options,
    say: (line) => console.log(line),
    signal: interrupted.signal,
  });
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  console.log(JSON.stringify({ ...report, seed: options.seed, seconds }, null, 2));
  console.log('passed');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
