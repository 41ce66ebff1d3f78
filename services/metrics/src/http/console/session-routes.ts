/** Signing in to the console and out of it, and what its pages need to know of this deployment. */
import { randomUUID } from 'node:crypto';
import { AppError, type KeyKind } from '@throughline/contracts';
import type { HttpApp, KeyRing } from '@throughline/runtime';
import { z } from 'zod';
import { isEndedSession, saveEndedSession } from '../../db/ended-sessions.ts';
import type { FigureReader } from '../figure-reader.ts';
import { formatDay } from '../../core/calendar.ts';
import { assertSameOrigin } from './same-origin.ts';
import { type Session, type SessionCookies, sessionSeconds } from './session-cookie.ts';

export interface SessionRouteParts {
  keyRing: KeyRing;
  cookies: SessionCookies;
  reader: FigureReader;
}

export type OpenSession = (cookies: string | undefined) => Promise<Session | null>;

/** What opens a session that has neither expired nor been signed out. */
export function createOpenSession(cookies: SessionCookies, reader: FigureReader): OpenSession {
  return async (header) => {
    const session = cookies.open(header, reader.now());
    return session === null || (await isEndedSession(reader.pool, session.id)) ? null : session;
  };
}

const path = '/console/session';
const signIn = z.strictObject({ key: z.string().max(200) });

export function addSessionRoutes(app: HttpApp, { keyRing, cookies, reader }: SessionRouteParts): void {
  const open = createOpenSession(cookies, reader);
  app.get(path, { schema: { hide: true } }, async (request) => {
    assertSameOrigin(request);
    const session = await open(request.headers.cookie);
    const kind = session === null ? null : await findKind(keyRing, session.key);
    return kind === null ? { signedIn: false } : { signedIn: true, kind, ...describeDeployment(reader) };
  });
  app.post(path, { schema: { hide: true, body: signIn } }, async (request, reply) => {
    assertSameOrigin(request);
    const key = request.body.key.trim();
    const kind = await findKind(keyRing, key);
    if (kind === null) throw new AppError('unauthorized', '');
    const session: Session = { id: randomUUID(), key, expiresAt: reader.now() + sessionSeconds * 1_000 };
    reply.header('set-cookie', cookies.seal(session, request.protocol === 'https'));
    return await reply.send({ signedIn: true, kind, ...describeDeployment(reader) });
  });
  app.delete(path, { schema: { hide: true } }, async (request, reply) => {
    assertSameOrigin(request);
    const session = await open(request.headers.cookie);
    if (session !== null) await saveEndedSession(reader.pool, session);
    reply.header('set-cookie', cookies.clear(request.protocol === 'https'));
    return await reply.send({ signedIn: false });
  });
}

/**
 * Null for a key that is not known (any more).
 *
 * @throws AppError forbidden for one that only sends, or shows fields of profiles only
 */
export async function findKind(keyRing: KeyRing, key: string): Promise<KeyKind | null> {
  const principal = await keyRing.find(key);
  if (principal === null) return null;
  if ((principal.kind !== 'read' && principal.kind !== 'admin') || principal.fields !== undefined) {
    throw new AppError('forbidden', 'the console needs a read or an admin key');
  }
  return principal.kind;
}

function describeDeployment(reader: FigureReader) {
  const { catalog, calendar, weekStart } = reader;
  return {
    today: formatDay(reader.today()),
    timeZone: calendar.timeZone,
    weekStart,
    windows: catalog.settings.windows,
    activities: catalog.activities.map(({ activity }) => activity),
    stages: [...catalog.occupancy.keys()],
    groups: groupsOf(catalog.groupings.map(({ dimensions }) => dimensions)),
  };
}

/** What figures can be grouped by: each grouping that is kept, and each of its dimensions alone. */
function groupsOf(groupings: readonly (readonly string[])[]): string[] {
  return [...new Set(groupings.flatMap((dimensions) => [...dimensions, dimensions.join(',')]))];
}
