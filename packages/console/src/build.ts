/** Writes the bundled console where the loader looks first: run by the build of metrics' image. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { builtDirectory, builtNames } from './built-files.ts';
import { bundleConsole } from './bundle-console.ts';

const { page, script, style } = await bundleConsole();
mkdirSync(builtDirectory, { recursive: true });
writeFileSync(builtNames.page, page);
writeFileSync(builtNames.script, script);
writeFileSync(builtNames.style, style);
