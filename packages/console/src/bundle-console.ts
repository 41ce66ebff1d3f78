/** Bundles the sources of the pages, in memory. Only the bundler reads them: Node's type stripping has no JSX. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import type { ConsoleSources } from './console-files.ts';

const app = path.join(import.meta.dirname, '..', 'app');
/** In the order of the cascade. */
const styles = ['tokens', 'base', 'layout', 'controls', 'tables', 'charts', 'pages'];

export async function bundleConsole(): Promise<ConsoleSources> {
  const build = await rolldown({
    input: path.join(app, 'main.tsx'),
    cwd: app,
    platform: 'browser',
    tsconfig: false,
    transform: { jsx: { runtime: 'automatic', importSource: 'preact' }, target: 'es2022' },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  try {
    const { output } = await build.generate({ format: 'es', minify: true, codeSplitting: false });
    const [chunk, ...others] = output;
    if (others.length > 0) throw new Error('the console is one script');
    return {
      page: readFileSync(path.join(app, 'page.html'), 'utf8'),
      script: chunk.code,
      style: styles.map((name) => readFileSync(path.join(app, 'styles', `${name}.css`), 'utf8')).join('\n'),
    };
  } finally {
    await build.close();
  }
}
