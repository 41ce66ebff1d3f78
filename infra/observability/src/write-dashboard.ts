/** Writes the dashboard that Grafana imports. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseNone, readArguments } from '../../stack/src/script-arguments.ts';
import { dashboardJson } from './dashboard.ts';

const usage = `Writes infra/observability/grafana-dashboard.json again, from dashboard.ts beside it.

Usage: pnpm dashboard`;

readArguments('pnpm dashboard', usage, parseNone);

writeFileSync(path.join(import.meta.dirname, '../grafana-dashboard.json'), dashboardJson());
