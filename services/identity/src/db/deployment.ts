/** The secret that ids are keyed with, by its fingerprint: with another one every id would change. */
import type { Pool } from 'pg';

/** Throws when the database was written with another secret. */
export async function claimDeployment(pool: Pool, secretFingerprint: string): Promise<void> {
  await pool.query(
    'insert into identity.deployment (secret_fingerprint) values ($1) on conflict do nothing',
    [secretFingerprint],
  );
  const { rows } = await pool.query<{ secret_fingerprint: string }>(
    'select secret_fingerprint from identity.deployment',
  );
  if (rows[0]?.secret_fingerprint !== secretFingerprint) {
    throw new Error(
      'THROUGHLINE_IDENTITY_SECRET is not the secret that this database was written with. Identifier ids are keyed ' +
        'with it, so nothing is written. Start with the first secret, or with an empty database.',
    );
  }
}
