/** Writes the page of settings. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { settingsPage } from './settings-page.ts';

writeFileSync(path.join(import.meta.dirname, '../settings.md'), settingsPage());
