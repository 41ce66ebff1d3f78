/** What a database was written with and must be written with for as long as its data live, by fingerprints. */
import type { Pool } from 'pg';

export interface DeploymentFingerprints {
  /** The secret that ids are keyed with: with another one every id would change. */
  secret: string;
  /** Which identifiers are blocked: with other lists, profiles would depend on when a touchpoint came (law 1). */
  blocked: string;
  /** How values are normalized, readable: ids are made of normal forms. */
  normalization: string;
}

/** Throws when the database was written with others. */
export async function claimDeployment(pool: Pool, own: DeploymentFingerprints): Promise<void> {
  await pool.query(
    `insert into identity.deployment (secret_fingerprint, blocked_fingerprint, normalization) values ($1, $2, $3)
     on conflict do nothing`,
    [own.secret, own.blocked, own.normalization],
  );
  const { rows } = await pool.query<DeploymentFingerprints>(
    'select secret_fingerprint as secret, blocked_fingerprint as blocked, normalization from identity.deployment',
  );
  if (rows[0]?.secret !== own.secret) {
    throw new Error(
      'THROUGHLINE_IDENTITY_SECRET is not the secret that this database was written with. Identifier ids are keyed ' +
        'with it, so nothing is written. Start with the first secret, or with an empty database.',
    );
  }
  if (rows[0].blocked !== own.blocked) {
    throw new Error(
      'THROUGHLINE_BLOCKED_IDENTIFIERS, or the lists of this version, are not those that this database was written ' +
        'with. Profiles are a function of them, so nothing is written. Start with the first value, or with an empty ' +
        'database.',
    );
  }
  if (rows[0].normalization !== own.normalization) {
    throw new Error(
      `identifiers in this database are normalized by "${rows[0].normalization}", and this process would normalize by ` +
        `"${own.normalization}": one person would become two, so nothing is written. Start the version that wrote it, ` +
        'or start with an empty database.',
    );
  }
}
