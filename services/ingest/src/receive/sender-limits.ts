/**
 * What a public key and each of its addresses may cost the deployment in a minute, beyond what honest clients do: pairs of identifiers,
 * which identity writes links for, and bytes of rejected items, which are kept for months. Without it one sender could keep
 * everybody's touchpoints waiting.
 *
 * Counted in this process, as the limits of requests are.
 */
import { AppError, touchpointMaxIdentifiers } from '@throughline/contracts';
import type { RateLimitState } from '@throughline/runtime';
import { chargedPairs } from '../core/charged-pairs.ts';
import { TokenBuckets } from '../core/token-buckets.ts';

export interface AmountPerMinute {
  /** Of one address (IPv6: one network of 64 bits); 0 is no limit. */
  address: number;
  /** With one public key, from wherever; 0 is no limit. */
  key: number;
}

export type Charged = 'pairs' | 'rejectedBytes';
export type SenderLimitsPerMinute = Readonly<Record<Charged, AmountPerMinute>>;

/** Identity writes some 10,000 new links a second: half a second of them at once, and a twentieth of its time for ever. */
export const defaultPairsPerMinute: AmountPerMinute = { address: 6_000, key: 30_000 };
/** A thousand rejected events of 1 KB a second with a key. */
export const defaultRejectedBytesPerMinute: AmountPerMinute = { address: 18_000_000, key: 60_000_000 };

/** What may come at once, as seconds of the rate. */
const burstSeconds = 10;
const rememberedAddresses = 20_000;
/** Above it a source that was quiet longest starts with full buckets. */
const rememberedSources = 1_010;

/** Of one source, in place of the limits of the deployment. */
export type OwnSenderLimits = {
  readonly [charged in Charged]?: Partial<AmountPerMinute> | undefined;
};

/** Who sent the items of a request with a public key. */
export interface PublicSender {
  key: string;
  /** Null where it says nothing about the client. */
  address: string | null;
}

export interface SenderCharge {
  /** Of the limits that the request was charged to. */
  states: RateLimitState[];
  /** `rate_limited`: nothing was charged. */
  refusal: AppError | null;
}

export interface SenderLimits {
  /** Charges the request as a whole, or nothing of it. */
  charge(
    sender: PublicSender,
    amounts: Readonly<Record<Charged, number>>,
    own?: OwnSenderLimits,
  ): SenderCharge;
}

interface Kind {
  unit: string;
  /** Most that one honest request can have, which has to fit. */
  leastBurst: number;
  describe: (perMinute: number, burst: number) => { expected: string; tooMany: string; tooLarge: string };
}

const kinds: Readonly<Record<Charged, Kind>> = {
  pairs: {
    unit: 'identifier-pairs',
    // One item of any number of identifiers.
    leastBurst: chargedPairs(touchpointMaxIdentifiers),
    describe: (perMinute, burst) => ({
      expected: `items of at most 3 identifiers; of others at most ${perMinute} further pairs of identifiers a minute and ${burst} at once`,
      tooMany: 'too many pairs of identifiers',
      tooLarge: 'the items of this request have more pairs of identifiers than may come at once',
    }),
  },
  rejectedBytes: {
    unit: 'rejected-bytes',
    // Of a request of 512 KiB, whose bytes may be escaped twice, with what is kept beside each of 2,500 items.
    leastBurst: 4 * 1024 * 1024,
    describe: (perMinute, burst) => ({
      expected: `items that can be used; of others at most ${perMinute} bytes a minute and ${burst} at once`,
      tooMany: 'too many items that cannot be used',
      tooLarge: 'the items of this request that cannot be used have more bytes than may come at once',
    }),
  },
};

interface Limit {
  kind: Kind;
  by: keyof AmountPerMinute;
  perMinute: number;
  burst: number;
  buckets: TokenBuckets;
}

/** @param now milliseconds of a clock that never goes back */
export function createSenderLimits(
  limits: SenderLimitsPerMinute,
  now: () => number = () => performance.now(),
): SenderLimits {
  const shared = limitsOf(limits);
  /** By source; made again when the settings of the source change. */
  const ofSources = new Map<string, { setting: string; limits: LimitsByCharge }>();

  function limitsFor(source: string, own: OwnSenderLimits | undefined): LimitsByCharge {
    if (own?.pairs === undefined && own?.rejectedBytes === undefined) return shared;
    const setting = JSON.stringify(own);
    const known = ofSources.get(source);
    if (known?.setting === setting) return known.limits;
    const made = limitsOf({
      pairs: { ...limits.pairs, ...own.pairs },
      rejectedBytes: { ...limits.rejectedBytes, ...own.rejectedBytes },
    });
    ofSources.set(source, { setting, limits: made });
    return made;
  }

  return {
    charge(sender, amounts, own) {
      const at = now();
      const charges = chargesOf(limitsFor(sender.key, own), sender, amounts);
      const waits = charges.map(({ limit, name, amount }) => limit.buckets.waitMs(name, amount, at));
      const refused = charges.findIndex((_charge, index) => waits[index] !== 0);
      if (refused === -1) for (const { limit, name, amount } of charges) limit.buckets.take(name, amount, at);
      const states = charges.map((charge, index) => stateOf(charge, waits[index] ?? 0, at));
      const limit = charges[refused]?.limit;
      const refusal = limit === undefined ? null : refusalOf(limit, Math.max(...waits));
      return { states, refusal };
    },
  };
}

type LimitsByCharge = Readonly<Record<Charged, readonly Limit[]>>;

function limitsOf(limits: SenderLimitsPerMinute): LimitsByCharge {
  const of = (charged: Charged): Limit[] => {
    const { address, key } = limits[charged];
    return [
      ...limitOf(kinds[charged], 'address', address, rememberedAddresses),
      ...limitOf(kinds[charged], 'key', key, rememberedSources),
    ];
  };
  return { pairs: of('pairs'), rejectedBytes: of('rejectedBytes') };
}

/** None for 0. */
function limitOf(kind: Kind, by: keyof AmountPerMinute, perMinute: number, remembered: number): Limit[] {
  if (perMinute === 0) return [];
  const burst = Math.max(kind.leastBurst, Math.ceil((perMinute * burstSeconds) / 60));
  return [{ kind, by, perMinute, burst, buckets: new TokenBuckets({ perMinute, burst, remembered }) }];
}

interface Charge {
  limit: Limit;
  name: string;
  amount: number;
}

function chargesOf(
  limits: LimitsByCharge,
  { key, address }: PublicSender,
  amounts: Readonly<Record<Charged, number>>,
): Charge[] {
  return (['pairs', 'rejectedBytes'] as const).flatMap((charged) =>
    limits[charged].flatMap((limit) => {
      const name = limit.by === 'key' ? key : address;
      return amounts[charged] === 0 || name === null ? [] : [{ limit, name, amount: amounts[charged] }];
    }),
  );
}

function stateOf({ limit, name }: Charge, waitMs: number, at: number): RateLimitState {
  const { kind, by, perMinute, burst, buckets } = limit;
  const remaining = Math.floor(buckets.tokens(name, at));
  const fullInMs = ((burst - remaining) * 60_000) / perMinute;
  const resetMs = waitMs > 0 && Number.isFinite(waitMs) ? waitMs : fullInMs;
  return {
    name: `${by}-${kind.unit}`,
    unit: kind.unit,
    quota: perMinute,
    windowSeconds: 60,
    remaining,
    resetSeconds: Math.ceil(resetMs / 1_000),
  };
}

function refusalOf({ kind, by, perMinute, burst }: Limit, waitMs: number): AppError {
  const { expected, tooMany, tooLarge } = kind.describe(perMinute, burst);
  const isTooLarge = waitMs === Number.POSITIVE_INFINITY;
  const detail = isTooLarge
    ? `${tooLarge}; nothing was accepted, send fewer items a request`
    : `${tooMany}; nothing was accepted, repeat the request`;
  return new AppError('rate_limited', detail, {
    expected: `${expected} ${by === 'key' ? 'with this key' : 'from this address'}`,
    retryAfterSeconds: isTooLarge ? 60 : Math.max(1, Math.ceil(waitMs / 1_000)),
  });
}
