/**
 * Whether a commit survives a power cut on this server. A database of the user's may have been tuned to lose
 * the last moments, which the acknowledgement of a touchpoint promises to keep (law 2).
 */
import type { ClientBase, Pool } from 'pg';

export interface Durability {
  /** Settings of the server that lose commits in a crash of the machine; no session can change them. */
  lossySettings: readonly LossySetting[];
  /** Whether new sessions commit without waiting for the disk, which `createPool` corrects on its connections. */
  isCommitCorrected: boolean;
}

/** Without fsync nothing is certain to be on the disk; without full page writes a torn page stays torn. */
const serverSettings = ['fsync', 'full_page_writes'] as const;
type LossySetting = (typeof serverSettings)[number];

/** `reset_val` is what the configuration file, the database, the role and the connection string make of it together. */
const text = `
select name, reset_val as value from pg_settings
where name in ('fsync', 'full_page_writes', 'synchronous_commit')`;

export async function findDurability(pool: Pool): Promise<Durability> {
  const { rows } = await pool.query<{ name: string; value: string }>(text);
  const isOff = (setting: string): boolean =>
    rows.some(({ name, value }) => name === setting && value === 'off');
  return {
    lossySettings: serverSettings.filter(isOff),
    isCommitCorrected: isOff('synchronous_commit'),
  };
}

/**
 * Only where it is off: `local`, `remote_write` and `remote_apply` wait for the disk of this server too, and how long a
 * commit waits for a standby is the operator's choice.
 */
export async function correctCommit(client: ClientBase): Promise<void> {
  await client.query(
    `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`,
  );
}
