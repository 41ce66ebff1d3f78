/** The Dockerfiles, read. That what they say runs is for images.int.test.ts. */
import { nodeLimitsOf } from '@throughline/runtime/settings';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderEnvFile } from '../src/env-file.ts';
import { checkout, loadComposeFile, parseEnvFile } from './compose-file.ts';
import {
  argumentOf,
  copiesOf,
  execForm,
  imageOf,
  isInContext,
  readDockerfile,
  stagesOf,
} from './dockerfile.ts';

const ports = [
  ['ingest', 8080],
  ['identity', 8081],
  ['metrics', 8082],
] as const;

/** Held to the limits of each service by a test of their own. */
const withoutLimits = (argument: string): string => argument.replace(/("--max-[a-z-]+=\d+", )+/, '');
const compose = loadComposeFile('docker-compose.yml', parseEnvFile(renderEnvFile()));

describe.each(ports)("%s' image", (service, port) => {
  const file = `services/${service}/Dockerfile`;
  const stages = stagesOf(readDockerfile(file));
  const instructions = imageOf(readDockerfile(file));

  test('is the same as the others but for names, ports, memory, and what other stages made', () => {
    const own = instructions
      .filter(({ argument }) => !argument.startsWith('--from='))
      .map(({ name, argument }) => ({
        name,
        argument: withoutLimits(argument.replaceAll(service, 'ingest').replaceAll(String(port), '8080')),
      }));
    const ofIngest = readDockerfile('services/ingest/Dockerfile');
    expect(own).toEqual(ofIngest.map((one) => ({ ...one, argument: withoutLimits(one.argument) })));
  });

  test('is made from the same Node and pnpm in each stage, and takes only what a stage before it has', () => {
    for (const [index, stage] of stages.entries()) {
      const from = argumentOf(stage.instructions, 'FROM').replace(/ AS \S+$/, '');
      expect(from).toBe(argumentOf(instructions, 'FROM'));
      const pnpm = (text: string) => /pnpm@[\d.]+/.exec(text)?.[0];
      expect(pnpm(argumentOf(stage.instructions, 'RUN'))).toBe(pnpm(argumentOf(instructions, 'RUN')));
      const before = stages.slice(0, index).map(({ name }) => name);
      for (const copy of copiesOf(stage.instructions)) {
        if (copy.from !== null) expect(before).toContain(copy.from);
      }
    }
  });

  test('starts from a pinned Node, runs as another than root and hears SIGTERM itself', () => {
    expect(argumentOf(instructions, 'FROM')).toMatch(/^node:24\.\d+\.\d+-slim$/);
    expect(argumentOf(instructions, 'RUN')).toMatch(/ pnpm@12\.\d+\.\d+ install .*--frozen-lockfile/);
    expect(argumentOf(instructions, 'USER')).toBe('node');
    expect(argumentOf(instructions, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(execForm(argumentOf(instructions, 'CMD'))).toEqual([
      'node',
      ...nodeLimitsOf(service),
      `services/${service}/src/main.ts`,
    ]);
  });

  test('is asked for its health as compose asks, on the port that compose publishes', () => {
    const probe = execForm(argumentOf(instructions, 'HEALTHCHECK'));
    expect(compose.services[service]?.healthcheck?.test).toEqual(['CMD', ...probe]);
    expect(probe.at(-1)).toBe(`http://127.0.0.1:${port}/readyz`);
    expect(argumentOf(instructions, 'EXPOSE')).toBe(String(port));
    expect(compose.services[service]?.ports?.[0]).toMatch(new RegExp(`:${port}$`));
    expect(compose.services[service]?.environment?.[`THROUGHLINE_${service.toUpperCase()}_PORT`]).toBe(
      String(port),
    );
  });

  test('copies only what is there and in the context', () => {
    const copies = stages
      .flatMap((stage) => copiesOf(stage.instructions))
      .filter(({ from }) => from === null);
    for (const source of copies.flatMap(({ sources }) => sources)) {
      expect(existsSync(path.join(checkout, source)), source).toBe(true);
      expect(isInContext(source), source).toBe(true);
    }
  });
});

describe('the context', () => {
  test.each([
    '.env',
    '.git/config',
    '.throughline/keys.json',
    'packages/runtime/.env',
    'services/ingest/.env.local',
  ])('leaves out %s', (file) => {
    expect(isInContext(file)).toBe(false);
  });

  test.each([
    'node_modules/zod/package.json',
    'packages/postgres/node_modules/pg/package.json',
    'services/ingest/test/a.ts',
  ])('leaves out %s, which an install or a test brings', (file) => {
    expect(isInContext(file)).toBe(false);
  });
});
