import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

const secret = 'a-secret-of-a-shop-that-has-40-characters';
const identifiers = ['user_id:u1', 'email:Ädä@Example.org'];
const page = readFileSync(path.resolve(import.meta.dirname, '../../../../infra/docs/proofs.md'), 'utf8');
let server: IngestServer;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'throughline-proofs-'));
  const sources = {
    website: { proofs: { secrets: ['another-secret-that-is-still-valid-for-now', secret] } },
  };
  server = await startIngestServer({ environment: { THROUGHLINE_SOURCES: JSON.stringify(sources) } });
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await server.stop();
});

interface Proof {
  identifiers: string[];
  signature: string;
}

/** Each language calls its function of the page and prints the proof as JSON. */
const languages = [
  ['js', process.execPath, 'proof.mjs', 'console.log(JSON.stringify(makeProof(SECRET, IDENTIFIERS)))'],
  ['python', 'python3', 'proof.py', 'import json\nprint(json.dumps(make_proof(SECRET, IDENTIFIERS)))'],
  ['php', 'php', 'proof.php', 'echo json_encode(make_proof(SECRET, IDENTIFIERS));'],
  ['ruby', 'ruby', 'proof.rb', 'require "json"\nputs JSON.generate(make_proof(SECRET, IDENTIFIERS))'],
] as const;

const isInstalled = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

function proofBy(language: string, command: string, file: string, call: string): Proof {
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
  const script = path.join(directory, file);
  const filled = call
    .replace('SECRET', JSON.stringify(secret))
    .replace('IDENTIFIERS', JSON.stringify(identifiers));
  writeFileSync(script, `${code}\n${filled}\n`);
  return JSON.parse(execFileSync(command, [script], { encoding: 'utf8' })) as Proof;
}

let sent = 0;
async function acceptedWith(proof: unknown, place: 'proof' | 'context', key: string = testKeys.write) {
  sent += 1;
  const id = `proof-${sent}`;
  const item = {
    type: 'identify',
    id,
    userId: 'u1',
    anonymousId: 'a1',
    traits: { email: 'Ädä@EXAMPLE.org' },
  };
  const body = place === 'proof' ? { ...item, proof } : { ...item, context: { proof } };
  expect((await server.post('/v1/touchpoints', body, { key })).json.accepted).toBe(1);
  return (await server.records(topics.touchpoints)).find(({ touchpoint }) => touchpoint.id === id);
}

describe('a proof', () => {
  // Node.js and Python are wherever the tests run; PHP and Ruby are tried where they are installed, and in CI.
  test.each(
    languages.filter(
      ([name, command]) =>
        name === 'js' || name === 'python' || process.env['CI'] === 'true' || isInstalled(command),
    ),
  )('as the page makes it in %s is valid', async (...language) => {
    const record = await acceptedWith(proofBy(...language), 'proof');
    expect(record.verifiedIdentifiers).toEqual([
      { type: 'user_id', value: 'u1' },
      { type: 'email', value: 'ädä@example.org', original: 'Ädä@EXAMPLE.org' },
    ]);
  });

  const make = (named: string[] = identifiers): Proof =>
    proofBy(
      'js',
      process.execPath,
      'proof.mjs',
      languages[0][3].replace('IDENTIFIERS', JSON.stringify(named)),
    );

  test('counts in the context too, where browser libraries put it', async () => {
    expect((await acceptedWith(make(), 'context')).verifiedIdentifiers).toHaveLength(2);
  });

  test('vouches for nothing that the touchpoint does not have', async () => {
    const record = await acceptedWith(make(['user_id:u1', 'phone:+4930123456']), 'proof');
    expect(record.verifiedIdentifiers).toEqual([{ type: 'user_id', value: 'u1' }]);
  });

  test.each([
    ['of other identifiers', () => ({ ...make(), identifiers: ['user_id:u1', 'email:eve@example.org'] })],
    ['of another order', () => ({ ...make(), identifiers: identifiers.toReversed() })],
    ['with another signature', () => ({ ...make(), signature: '0'.repeat(64) })],
    ['without a signature', () => ({ identifiers })],
    ['of an order number', () => make(['user_id:u1', 'order_id:7'])],
    ['of one identifier', () => make(['user_id:u1'])],
    ['with a line break', () => make(['user_id:u1\nemail:eve@example.org', 'email:ada@example.org'])],
    ['that is text', () => 'proof'],
  ])('%s is left out with a warning', async (_what, proof) => {
    const record = await acceptedWith(proof(), 'proof');
    expect(record.verifiedIdentifiers).toBeUndefined();
    expect(record.touchpoint.warnings).toEqual(['proof_ignored']);
  });

  test('from a server is of no consequence: what it sends is vouched for', async () => {
    const record = await acceptedWith(make(), 'proof', testKeys.server);
    expect(record.verifiedIdentifiers).toBeUndefined();
    expect(record.touchpoint.warnings).toBeUndefined();
  });
});
