/** Writes the page of settings. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseNone, readArguments } from '../../stack/src/script-arguments.ts';
import { settingsPage } from './settings-page.ts';

const usage = `Writes infra/docs/settings.md again, from settings-catalog.ts beside it.

Usage: pnpm docs:settings`;

readArguments('pnpm docs:settings', usage, parseNone);

writeFileSync(path.join(import.meta.dirname, '../settings.md'), settingsPage());
