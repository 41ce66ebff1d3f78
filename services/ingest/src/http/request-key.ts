/**
 * The key of a request that sends touchpoints. It belongs into the `Authorization` header; a beacon has none, so a write key,
 * which is no secret, may also stand in the URL (`?writeKey=`) or in the body (`writeKey`). No other kind may: URLs are
 * logged by proxies and bodies are kept. Jitsu's clients have a header of their own for it.
 */
import { AppError, type KeyKind } from '@throughline/contracts';
import { authorize, presentedKey, type KeyRing, type Principal, type RateLimits } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Browsers let a beacon carry no more; without a key before the body nothing larger is read. */
const keylessMaxBytes = 64 * 1024;

export interface RequestKeys {
  /**
   * Before the body is read. Sets `request.principal` if the key is in the header or the URL, and leaves it null when only
   * the body can hold one. @throws AppError unauthorized, forbidden, rate_limited
   */
  beforeBody(request: FastifyRequest, reply: FastifyReply, kinds: readonly KeyKind[]): Promise<void>;
  /** With the body's key, if there was none before. @throws AppError unauthorized, forbidden, rate_limited */
  withBody(
    request: FastifyRequest,
    reply: FastifyReply,
    kinds: readonly KeyKind[],
    writeKey: string | null,
  ): Promise<Principal>;
}

export function createRequestKeys(keyRing: KeyRing, rateLimits: RateLimits): RequestKeys {
  async function takeHeaderKey(
    request: FastifyRequest,
    reply: FastifyReply,
    kinds: readonly KeyKind[],
    key: string,
  ): Promise<void> {
    const principal = authorize(await keyRing.find(key), kinds);
    await rateLimits.checkKey(request, reply, principal);
    request.principal = principal;
  }

  async function takePublicKey(
    request: FastifyRequest,
    reply: FastifyReply,
    kinds: readonly KeyKind[],
    key: string | null,
  ): Promise<Principal> {
    const principal = await keyRing.find(key);
    if (principal === null) throw new AppError('unauthorized', '');
    if (principal.kind !== 'write') {
      throw new AppError('forbidden', 'only a write key may stand in a URL or a body', {
        expected: 'this key in the Authorization header',
      });
    }
    authorize(principal, kinds);
    await rateLimits.checkKey(request, reply, principal);
    request.principal = principal;
    return principal;
  }

  return {
    async beforeBody(request, reply, kinds) {
      if (presentedKey(request.headers.authorization) !== null) {
        request.principal = authorize(request.authenticated, kinds);
        return;
      }
      const jitsuKey = request.headers['x-write-key'];
      if (typeof jitsuKey === 'string') {
        await takeHeaderKey(request, reply, kinds, keyOfJitsu(jitsuKey));
        return;
      }
      const { writeKey } = request.query as { writeKey?: unknown };
      if (typeof writeKey === 'string') await takePublicKey(request, reply, kinds, writeKey);
    },
    async withBody(request, reply, kinds, writeKey) {
      return request.principal ?? (await takePublicKey(request, reply, kinds, writeKey));
    },
  };
}

/** @throws AppError unauthorized for a body that is too large for a beacon, or does not say how large it is */
export function assertBeaconSize(request: FastifyRequest): void {
  if (request.principal !== null) return;
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(length <= keylessMaxBytes)) throw new AppError('unauthorized', '');
}

/** Jitsu's clients insist on keys of the form `id:secret`; the secret is ours, the id is free. */
function keyOfJitsu(header: string): string {
  return header.slice(header.indexOf(':') + 1);
}
