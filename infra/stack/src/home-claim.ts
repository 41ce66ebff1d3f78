/**
 * One stack per home. `stack.json` names the process that owns the home and the services it started; it is also how a
 * start after a SIGKILL finds what is left of the one before. An advisory file lock would be simpler, but Node has none.
 */
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { poll } from './poll.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

const identitySchema = z.object({ pid: z.int().positive(), startedAt: z.string() });

const claimSchema = z.object({
  owner: identitySchema,
  state: z.enum(['running', 'stopping']),
  children: z.array(identitySchema.extend({ name: z.string() })),
});
type Claim = z.infer<typeof claimSchema>;

/** A service that was asked to stop gets this long before the next start ends it. */
const orphanGraceMs = 2_000;
/** How long a start waits for one that is already stopping. */
const stoppingGraceMs = 30_000;

export class HomeInUseError extends Error {
  override readonly name = 'HomeInUseError';
}

export interface HomeClaim {
  /** Called whenever the set of running services changes. */
  recordChildren(children: readonly (ProcessIdentity & { name: string })[]): void;
  recordStopping(): void;
  release(): void;
}

export interface ClaimReports {
  /** A service of a killed stack was ended. */
  onOrphan?: (orphan: { name: string; pid: number }) => void;
  /** The claim cannot be brought up to date: the stack runs on, but a start after a kill would not know its services. */
  onUnwritable?: (error: unknown) => void;
}

/**
 * Makes the home, takes it for this process, and ends services that a killed owner left running.
 * @throws HomeInUseError when another stack runs on it; and what the file system throws
 */
export async function claimHome(home: string, reports: ClaimReports = {}): Promise<HomeClaim> {
  const { onOrphan = () => {}, onUnwritable = () => {} } = reports;
  // Others may pass through: run by root, the embedded Postgres belongs to another user. The secrets are 0600.
  makeHome(home);
  const file = path.join(home, 'stack.json');
  const owner = identifyProcess(process.pid) ?? { pid: process.pid, startedAt: '' };
  let claim: Claim = { owner, state: 'running', children: [] };

  for (let attempt = 0; !createWhole(file, claim); attempt += 1) {
    if (attempt > 20) throw new HomeInUseError(`Another stack keeps taking ${home}.`);
    const found = readClaim(file);
    if (found && isRunning(found.owner)) await waitForOwner(home, file, found);
    else await clearStaleClaim(file, found, onOrphan);
  }

  const rewrite = (change: Partial<Claim>): void => {
    claim = { ...claim, ...change };
    try {
      replaceWhole(file, claim);
    } catch (error) {
      onUnwritable(error);
    }
  };
  return {
    recordChildren: (children) => rewrite({ children: [...children] }),
    recordStopping: () => rewrite({ state: 'stopping' }),
    release: () => {
      try {
        rmSync(file, { force: true });
      } catch (error) {
        // The next start finds that its owner is gone.
        onUnwritable(error);
      }
    },
  };
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o711 });
  } catch (error) {
    // Node says ENOENT where the file system is read-only; asking about the parent gives the real reason.
    let parent = path.dirname(home);
    while (!existsSync(parent)) parent = path.dirname(parent);
    accessSync(parent, constants.W_OK);
    throw error;
  }
}

async function waitForOwner(home: string, file: string, found: Claim): Promise<void> {
  const ended =
    found.state === 'stopping' && (await poll(() => !isRunning(found.owner), { withinMs: stoppingGraceMs }));
  if (ended) return;
  throw new HomeInUseError(
    `A stack already runs on ${home} (process ${found.owner.pid}, recorded in ${file}). ` +
      'Stop it first; a second one needs its own THROUGHLINE_HOME and ports.',
  );
}

/**
 * Its services first, then the file: a start that is killed in between finds them again. The file is moved away before
 * it is removed, so that of two starts only one removes it, and never the other's new claim.
 */
async function clearStaleClaim(
  file: string,
  found: Claim | null,
  onOrphan: (orphan: { name: string; pid: number }) => void,
): Promise<void> {
  for (const child of found?.children ?? []) {
    if (!isRunning(child)) continue;
    // It lost its parent's channel and is about to stop by itself.
    if (await poll(() => !isRunning(child), { withinMs: orphanGraceMs })) continue;
    onOrphan(child);
    if (isRunning(child)) process.kill(child.pid, 'SIGKILL');
    await poll(() => !isRunning(child), { withinMs: orphanGraceMs });
  }
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readClaim(aside);
  if (moved && isRunning(moved.owner)) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

/** Null when there is none or it cannot be read, which only a crash of the machine can bring about. */
function readClaim(file: string): Claim | null {
  try {
    return claimSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** False when the file exists. Written aside and linked, so that no reader ever sees half a claim. */
function createWhole(file: string, claim: Claim): boolean {
  const draft = writeDraft(file, claim);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replaceWhole(file: string, claim: Claim): void {
  renameSync(writeDraft(file, claim), file);
}

function writeDraft(file: string, claim: Claim): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(claim, null, 2)}\n`, { mode: 0o600 });
  return draft;
}
