/** What an answer says about limits, as draft-ietf-httpapi-ratelimit-headers has it: what is allowed, and what is left for how long. */
import type { FastifyReply } from 'fastify';

export interface RateLimitState {
  /** Of the policy. */
  name: string;
  /** Of what is counted, where it is not requests. */
  unit?: string;
  /** In each window. */
  quota: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
}

/** Adds to the policies that the answer names already. */
export function addRateLimitHeaders(reply: FastifyReply, states: readonly RateLimitState[]): void {
  for (const { name, unit, quota, windowSeconds, remaining, resetSeconds } of states) {
    const counted = unit === undefined ? '' : `;qu="${unit}"`;
    append(reply, 'ratelimit-policy', `"${name}";q=${quota}${counted};w=${windowSeconds}`);
    append(reply, 'ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`);
  }
}

function append(reply: FastifyReply, header: string, policy: string): void {
  const before = reply.getHeader(header);
  reply.header(header, typeof before === 'string' ? `${before}, ${policy}` : policy);
}
