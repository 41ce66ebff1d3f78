/** Whether this browser is signed in, with which kind of key, and what the deployment is like. */
import { signal } from '@preact/signals';
import { send } from '../api/ask.ts';

export interface Deployment {
  kind: 'read' | 'admin';
  /** The running day of the reporting zone. */
  today: string;
  timeZone: string;
  weekStart: string;
  windows: readonly number[];
  activities: readonly string[];
  stages: readonly string[];
  /** What figures can be grouped by: one dimension, or two separated by a comma. */
  groups: readonly string[];
}

export type Session =
  | { state: 'unknown' }
  | { state: 'unreachable'; message: string }
  | { state: 'signedOut' }
  | { state: 'signedIn'; deployment: Deployment };

export const session = signal<Session>({ state: 'unknown' });

type Answer = { signedIn: false } | ({ signedIn: true } & Deployment);

const path = '/console/session';

export async function loadSession(): Promise<void> {
  try {
    apply(await send<Answer>(path));
  } catch (error) {
    session.value = { state: 'unreachable', message: error instanceof Error ? error.message : String(error) };
  }
}

/** @throws Problem for a key that does not open the console */
export async function signIn(key: string): Promise<void> {
  apply(await send<Answer>(path, { method: 'POST', body: { key } }));
}

export async function signOut(): Promise<void> {
  await send(path, { method: 'DELETE' });
  session.value = { state: 'signedOut' };
}

/** Of a page, which is shown to the signed-in only. */
export function useDeployment(): Deployment {
  const current = session.value;
  if (current.state !== 'signedIn') throw new Error('a page is shown to the signed-in only');
  return current.deployment;
}

function apply(answer: Answer): void {
  session.value = answer.signedIn ? { state: 'signedIn', deployment: answer } : { state: 'signedOut' };
}
