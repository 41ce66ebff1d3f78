/** `pnpm bench`: measures Throughline on this machine. Nothing is kept but what an option asks to keep. */
import { inBenchSession, Interrupted } from './bench-session.ts';
import { compareCommits } from './compare/compare-commits.ts';
import { compareText } from './compare/compare-text.ts';
import { readArguments } from '../../stack/src/script-arguments.ts';
import { readConfig, usage } from './config.ts';
import { explainCost } from './explain/explain-cost.ts';
import { explainJson, explainText } from './explain/explain-text.ts';
import { statisticsSettings } from './explain/statistics-settings.ts';
import { flatText } from './flat/flat-text.ts';
import { measureFlat } from './flat/measure-flat.ts';
import { growthText } from './growth/growth-text.ts';
import { measureGrowth } from './growth/measure-growth.ts';
import { commitToRecord, recordRun } from './history/record-run.ts';
import { ingestText } from './ingest/ingest-text.ts';
import { measureIngest } from './ingest/measure-ingest.ts';
import { measureRatios } from './measure-ratios.ts';
import { progress } from './progress.ts';
import { reportText } from './report.ts';
import { measureSplit } from './split/measure-split.ts';
import { splitText } from './split/split-text.ts';

const config = readArguments('pnpm bench', usage, readConfig);
try {
  process.stdout.write(await run());
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  progress('interrupted; what it started is ended');
  // What was being measured may still wait for what is gone.
  process.exit(1);
}

async function run(): Promise<string> {
  const { log, inherited, json } = config;
  if (config.mode === 'explain') {
    const settings = { log, inherited, postgresSettings: statisticsSettings };
    const report = await inBenchSession(settings, (session) => explainCost(session, config));
    return json ? `${explainJson(report)}\n` : explainText(report);
  }
  if (config.mode === 'compare') {
    const comparison = await compareCommits(config);
    return json ? `${JSON.stringify(comparison)}\n` : compareText(comparison);
  }
  if (config.mode === 'ingest') {
    const cost = await measureIngest(config);
    return json ? `${JSON.stringify(cost)}\n` : ingestText(cost);
  }
  if (config.mode === 'growth') {
    const growth = await inBenchSession({ log, inherited }, (session) => measureGrowth(session, config));
    return json ? `${JSON.stringify(growth)}\n` : growthText(growth);
  }
  if (config.mode === 'flat') {
    const flat = await inBenchSession({ log, inherited }, (session) => measureFlat(session, config));
    return json ? `${JSON.stringify(flat)}\n` : flatText(flat);
  }
  if (config.mode === 'split') {
    const split = await inBenchSession({ log, inherited }, (session) => measureSplit(session, config));
    return json ? `${JSON.stringify(split)}\n` : splitText(split);
  }
  const commit = config.record ? commitToRecord() : null;
  const report = await inBenchSession({ log, inherited }, (session) => measureRatios(session, config));
  if (commit !== null) recordRun(report, commit, new Date());
  return json ? `${JSON.stringify(report)}\n` : reportText(report);
}
