/** Route hooks that let a key of the right kind pass; the answers to all others are the same whatever exists. */
import { AppError, type KeyKind } from '@throughline/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../key-ring.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the key in the header stands for, whether or not the route takes it; null for a missing or unknown key. */
    authenticated: Principal | null;
    /** As `authenticated`, once the route has taken it. */
    principal: Principal | null;
  }
}

export type RequestHook = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void;

export type KeyedHook = RequestHook & { keyKinds: readonly KeyKind[] };

/**
 * Sets `request.principal`. As `onRequest` it refuses before the body is read, which is where it belongs; it works as
 * `preHandler` too. An admin key passes everywhere.
 * @throws AppError unauthorized, forbidden
 */
export function requireKey(...kinds: readonly KeyKind[]): KeyedHook {
  return keyedHook(kinds, (principal) => authorize(principal, kinds));
}

/**
 * As `requireKey('read')`, for routes that show a key what its `fields` name and nothing else.
 * @param given `search`: of read keys, only those that may search
 */
export function requireProfileKey({ search = false } = {}): KeyedHook {
  return keyedHook(['read'], (principal) => {
    if (principal?.kind !== 'read') return authorize(principal, search ? [] : ['read']);
    if (search && principal.maySearch !== true) {
      throw new AppError('forbidden', 'this needs a key of kind admin, or a read key that may search');
    }
    return principal;
  });
}

function keyedHook(kinds: readonly KeyKind[], check: (principal: Principal | null) => Principal): KeyedHook {
  return withKeyKinds(kinds, (request, _reply, done) => {
    try {
      request.principal = check(request.authenticated);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Notes on a hook which keys it lets pass, for the OpenAPI document. */
export function withKeyKinds(kinds: readonly KeyKind[], hook: RequestHook): KeyedHook {
  return Object.assign(hook, { keyKinds: [...new Set<KeyKind>([...kinds, 'admin'])] });
}

/** Kinds of keys that a route's `onRequest` lets pass; null for a route that needs no key. */
export function keyKindsOf(onRequest: unknown): readonly KeyKind[] | null {
  for (const hook of [onRequest].flat()) {
    if (typeof hook === 'function' && 'keyKinds' in hook) return (hook as KeyedHook).keyKinds;
  }
  return null;
}

/** @throws AppError unauthorized when there is no principal, forbidden when its kind may not do this */
export function authorize(principal: Principal | null, kinds: readonly KeyKind[]): Principal {
  if (principal === null) throw new AppError('unauthorized', '');
  if (principal.kind !== 'admin' && !kinds.includes(principal.kind)) {
    throw new AppError('forbidden', `this needs a key of kind ${[...kinds, 'admin'].join(' or ')}`);
  }
  if (principal.fields !== undefined) {
    throw new AppError('forbidden', 'this key shows fields of profiles, and opens nothing else');
  }
  return principal;
}
