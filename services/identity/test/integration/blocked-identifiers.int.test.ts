import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimDeployment, type DeploymentFingerprints } from '../../src/db/deployment.ts';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

describe('the lists of blocked identifiers', () => {
  test('of the deployment keep a value from linking, as the shipped ones do', async () => {
    const desk = { type: 'email' as const, value: 'desk@blocked.example' };
    await harness.send([touchpoint([user('caller-1'), desk]), touchpoint([user('caller-2'), desk])]);
    const profiles = await Promise.all(
      ['user_id:caller-1', 'user_id:caller-2'].map((ref) => harness.profile(ref)),
    );
    expect(new Set(profiles.map(({ body }) => body.id)).size).toBe(2);
    for (const { body } of profiles) expect(body.identifierCount).toBe(1);
  });

  test('may not change while the data live, nor may the secret and the normalization', async () => {
    const { rows } = await harness.pool.query<DeploymentFingerprints>(
      'select secret_fingerprint as secret, blocked_fingerprint as blocked, normalization from identity.deployment',
    );
    const [first] = rows;
    if (first === undefined) throw new Error('the service has not claimed its database');
    await claimDeployment(harness.pool, first);
    await expect(claimDeployment(harness.pool, { ...first, blocked: 'other' })).rejects.toThrow(
      'THROUGHLINE_BLOCKED_IDENTIFIERS',
    );
    await expect(claimDeployment(harness.pool, { ...first, secret: 'other' })).rejects.toThrow(
      'THROUGHLINE_IDENTITY_SECRET',
    );
    await expect(claimDeployment(harness.pool, { ...first, normalization: 'rules 1' })).rejects.toThrow(
      /normalized by "rules 2, .*".*"rules 1".*version that wrote it/,
    );
  });
});
