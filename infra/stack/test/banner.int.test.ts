import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bannerText } from '../src/banner.ts';
import { loadCredentials } from '../src/credentials.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "throughline's home-"));
});

afterEach(() => rmSync(home, { recursive: true }));

describe('the banner', () => {
  test('shows no key, and commands in which the shell finds the right one', () => {
    const credentials = loadCredentials({ home, keys: {}, identitySecret: undefined });
    const banner = bannerText({
      config: { home, host: '127.0.0.1', ports: { ingest: 8080, identity: 8081, metrics: 8082 } },
      credentials,
      database: 'embedded Postgres',
      startedInMs: 1_234,
    });
    expect(banner).not.toMatch(/[wsra]k_[A-Za-z0-9_-]{8}/);
    const headers = [...banner.matchAll(/-H "(authorization: .*?)"(?: \\)?$/gm)].map(([, header]) =>
      execFileSync('sh', ['-c', `printf %s "${header}"`], { encoding: 'utf8' }),
    );
    const { server, read } = credentials.keys;
    expect(headers).toEqual([server, read, read].map((key) => `authorization: Bearer ${key}`));
    const [, setting = ''] = /^ +THROUGHLINE_HOME=(.*) npx -y pnpm@12 throughline demo$/m.exec(banner) ?? [];
    expect(execFileSync('sh', ['-c', `printf %s ${setting}`], { encoding: 'utf8' })).toBe(home);
  });

  test('points to the environment for keys that were set there', () => {
    const keys = { server: 'sk_0123456789abcdef0123456789abcdef' };
    const banner = bannerText({
      config: { home, host: '0.0.0.0', ports: { ingest: 1, identity: 2, metrics: 3 } },
      credentials: loadCredentials({ home, keys, identitySecret: undefined }),
      database: 'embedded Postgres',
      startedInMs: 1,
    });
    expect(banner).toContain('Bearer $THROUGHLINE_SERVER_KEY"');
    expect(banner).toContain('http://127.0.0.1:1/v1/touchpoints');
    expect(banner).toContain(
      'THROUGHLINE_INGEST_PORT=1 THROUGHLINE_IDENTITY_PORT=2 THROUGHLINE_METRICS_PORT=3 npx -y pnpm@12 throughline demo',
    );
  });
});
