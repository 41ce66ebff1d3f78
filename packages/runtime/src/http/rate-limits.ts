/**
 * Plain limits of requests a minute: for each address that presents no key a server holds, and for each key. They keep one
 * sender from taking the service from all others; they are no quota, so their defaults are far above honest traffic.
 *
 * Counted in this process: several instances behind one name allow as many times the limit.
 */
import fastifyRateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { AppError } from '@throughline/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../key-ring.ts';
import { addressGroup, clientAddress } from './address-group.ts';
import type { HttpApp } from './http-app.ts';
import { addRateLimitHeaders } from './rate-limit-headers.ts';

export interface RequestsPerMinute {
  /** Of one address (IPv6: one network of 64 bits) without a server, read or admin key; 0 is no limit. */
  address: number;
  /** With one key, from wherever; 0 is no limit. */
  key: number;
}

/** Addresses that are remembered; the one that was seen longest ago is forgotten for a new one. */
const rememberedAddresses = 20_000;
/** As many as an operator can make, and those of the environment. */
const rememberedSources = 1_010;
const windowMs = 60_000;

type Limiter = ReturnType<HttpApp['createRateLimit']>;

export interface RateLimits {
  /** To be called before anything else costs time. @throws AppError rate_limited */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** For a key that comes in the body. @throws AppError rate_limited */
  checkKey(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<void>;
}

/** @param limitOf requests a minute with the keys of a source that has a limit of its own; 0 is no limit */
export async function createRateLimits(
  app: HttpApp,
  limits: RequestsPerMinute,
  limitOf: (source: string) => number | undefined = () => undefined,
): Promise<RateLimits> {
  await app.register(fastifyRateLimit, { global: false });
  const create = (options: RateLimitOptions): Limiter =>
    app.createRateLimit({ timeWindow: windowMs, ...options });
  const byAddress = create({
    max: limits.address,
    cache: rememberedAddresses,
    keyGenerator: (request) => addressGroup(request.ip),
  });
  const limitOfSource = (source: string): number => limitOf(source) ?? limits.key;
  const byKey = create({
    max: (_request, source) => limitOfSource(source),
    cache: rememberedSources,
    keyGenerator: (request) => request.authenticated?.source ?? '',
  });

  async function apply(
    limiter: Limiter,
    name: keyof RequestsPerMinute,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const count = await limiter(request);
    if (count.isAllowed) return;
    const { max, remaining, ttlInSeconds, isExceeded } = count;
    const windowSeconds = windowMs / 1_000;
    addRateLimitHeaders(reply, [{ name, quota: max, windowSeconds, remaining, resetSeconds: ttlInSeconds }]);
    if (!isExceeded) return;
    const expected = `at most ${max} requests a minute`;
    const detail = name === 'key' ? 'with this key' : 'from this address';
    throw new AppError('rate_limited', `${expected} ${detail}`, {
      expected,
      retryAfterSeconds: Math.max(1, ttlInSeconds),
    });
  }

  async function applyToKey(request: FastifyRequest, reply: FastifyReply, source: string): Promise<void> {
    if (limitOfSource(source) > 0) await apply(byKey, 'key', request, reply);
  }

  return {
    async check(request, reply) {
      const { authenticated } = request;
      const isPublic = authenticated === null || authenticated.kind === 'write';
      if (limits.address > 0 && isPublic && clientAddress(request.ip) !== null) {
        await apply(byAddress, 'address', request, reply);
      }
      if (authenticated !== null) await applyToKey(request, reply, authenticated.source);
    },
    async checkKey(request, reply, principal) {
      request.authenticated = principal;
      await applyToKey(request, reply, principal.source);
    },
  };
}
