/**
 * How many pairs of identifiers a minute a public key and each of its addresses may send, beyond what items of honest
 * clients have. Without it one sender could keep identity writing links, and everybody's touchpoints waiting behind them.
 *
 * Counted in this process, as the limits of requests are.
 */
import { AppError, touchpointMaxIdentifiers } from '@throughline/contracts';
import { chargedPairs } from '../core/charged-pairs.ts';
import { TokenBuckets } from '../core/token-buckets.ts';

export interface PairsPerMinute {
  /** Of one address (IPv6: one network of 64 bits); 0 is no limit. */
  address: number;
  /** With one public key, from wherever; 0 is no limit. */
  key: number;
}

/** Identity writes some 10,000 new links a second: half a second of them at once, and a twentieth of its time for ever. */
export const defaultPairsPerMinute: PairsPerMinute = { address: 6_000, key: 30_000 };

/** What may come at once, as seconds of the rate. */
const burstSeconds = 10;
const rememberedAddresses = 20_000;
/** Above it a source that was quiet longest starts with full buckets. */
const rememberedSources = 1_010;

/** Of one source. */
export type OwnPairs = { readonly [name in keyof PairsPerMinute]?: number | undefined };

/** Who sent the items of a request with a public key. */
export interface PublicSender {
  key: string;
  /** Null where it says nothing about the client. */
  address: string | null;
}

export interface PairLimits {
  /**
   * Charges the request as a whole, or nothing of it. @throws AppError rate_limited
   * @param own limits of the source, where they differ from those of the deployment
   */
  charge(sender: PublicSender, pairs: number, own?: OwnPairs): void;
}

interface Limit {
  perMinute: number;
  burst: number;
  where: string;
  buckets: TokenBuckets;
}

/** @param now milliseconds of a clock that never goes back */
export function createPairLimits(
  limits: PairsPerMinute,
  now: () => number = () => performance.now(),
): PairLimits {
  const shared = bucketsOf(limits);
  /** By source; made again when the settings of the source change. */
  const ofSources = new Map<string, { own: OwnPairs; buckets: Buckets }>();

  function bucketsFor(source: string, own: OwnPairs | undefined): Buckets {
    if (own === undefined) return shared;
    const known = ofSources.get(source);
    if (known !== undefined && known.own.address === own.address && known.own.key === own.key) {
      return known.buckets;
    }
    const buckets = bucketsOf({ address: own.address ?? limits.address, key: own.key ?? limits.key });
    ofSources.set(source, { own, buckets });
    return buckets;
  }

  return {
    charge({ key, address }, pairs, own) {
      if (pairs === 0) return;
      const at = now();
      const { byAddress, byKey } = bucketsFor(key, own);
      const charged = [
        ...(byAddress === null || address === null ? [] : [{ limit: byAddress, name: address }]),
        ...(byKey === null ? [] : [{ limit: byKey, name: key }]),
      ];
      for (const { limit, name } of charged) assertAllowed(limit, limit.buckets.waitMs(name, pairs, at));
      for (const { limit, name } of charged) limit.buckets.take(name, pairs, at);
    },
  };
}

interface Buckets {
  byAddress: Limit | null;
  byKey: Limit | null;
}

function bucketsOf({ address, key }: PairsPerMinute): Buckets {
  return {
    byAddress: createLimit(address, 'from this address', rememberedAddresses),
    byKey: createLimit(key, 'with this key', rememberedSources),
  };
}

function createLimit(perMinute: number, where: string, remembered: number): Limit | null {
  if (perMinute === 0) return null;
  // One item of any number of identifiers fits at least.
  const burst = Math.max(chargedPairs(touchpointMaxIdentifiers), Math.ceil((perMinute * burstSeconds) / 60));
  return { perMinute, burst, where, buckets: new TokenBuckets({ perMinute, burst, remembered }) };
}

function assertAllowed({ perMinute, burst, where }: Limit, waitMs: number): void {
  if (waitMs === 0) return;
  const isTooLarge = waitMs === Number.POSITIVE_INFINITY;
  const expected = `items of at most 3 identifiers; of others at most ${perMinute} further pairs of identifiers a minute and ${burst} at once ${where}`;
  const detail = isTooLarge
    ? 'the items of this request have more pairs of identifiers than may come at once; nothing was accepted, send fewer items a request'
    : 'too many pairs of identifiers; nothing was accepted, repeat the request';
  throw new AppError('rate_limited', detail, {
    expected,
    retryAfterSeconds: isTooLarge ? 60 : Math.max(1, Math.ceil(waitMs / 1_000)),
  });
}
