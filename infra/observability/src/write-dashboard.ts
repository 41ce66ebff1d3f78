/** Writes the dashboard that Grafana imports. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dashboardJson } from './dashboard.ts';

writeFileSync(path.join(import.meta.dirname, '../grafana-dashboard.json'), dashboardJson());
