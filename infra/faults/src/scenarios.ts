import type { Scenario } from './run.ts';
import { clusters } from './scenarios/clusters.ts';
import { rebuild } from './scenarios/rebuild.ts';
import { rulings } from './scenarios/rulings.ts';
import { brokers } from './scenarios/brokers.ts';
import { instances, postgresLog } from './scenarios/instances.ts';
import { logGone, logGonePostgres } from './scenarios/log-gone.ts';
import { partitions } from './scenarios/partitions.ts';
import { upgrade } from './scenarios/upgrade.ts';
import { scaling } from './scenarios/scaling.ts';
import { restore, truncated } from './scenarios/restore.ts';

export const scenarios: Record<string, Scenario> = {
  instances,
  brokers,
  'log-gone': logGone,
  'log-gone-postgres': logGonePostgres,
  restore,
  truncated,
  partitions,
  scaling,
  'postgres-log': postgresLog,
  upgrade,
  rebuild,
  rulings,
  clusters,
};
