/**
 * Reads a request's body into one buffer, within limits of the request, of the service's memory, and of what it can process at
 * once. Written for fastify's content type parsers because the stock reader answers an oversize body by closing the
 * connection on a client that is still sending, which then sees a reset and never the 413.
 *
 * The life of a body: arriving (its bytes are held, it may have to give way) -> inflated -> waiting for its turn at the heap
 * and, if it is large, at the event loop (the same) -> being processed (kept) -> released, when the answer is out or the
 * connection is gone.
 */
import type { Readable } from 'node:stream';
import { AppError } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';
import { addressGroup } from './address-group.ts';
import { BodyBudget, type HeldBody } from './body-budget.ts';
import { HeapTurns, smallBodyBytes, type Turn } from './heap-turns.ts';
import { findDecoder, inflateBody } from './inflate-body.ts';
import { LoopTurns, shortWork, type LongWork, type LoopTurn } from './loop-turns.ts';
import { senderKindOf } from './sender-kind.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request holds of the service's memory; null before its body comes. */
    heldBody: { body: HeldBody; turn: Turn | null; loopTurn: LoopTurn | null } | null;
    /** The connection is gone, the answer is out or the body gave way: nothing is held any more. */
    isBodyReleased: boolean;
  }
}

export interface BodyReader {
  /** @throws AppError payload_too_large, unsupported_media_type, malformed_request, overloaded */
  read(request: FastifyRequest, stream: Readable): Promise<Buffer>;
  /**
   * The turn at the event loop of a request that was read: one that is large, or comes to many items, does its work in slices. To be
   * ended when its items are decided. @throws AppError overloaded
   */
  longWork(request: FastifyRequest, items: number): Promise<LongWork>;
  /** To be called when the answer is out or the connection is gone. */
  release(request: FastifyRequest): void;
  /** Of all bodies, inflated. */
  bytesInFlight(): number;
}

export interface BodyReaderOptions {
  /** Bodies that are held over all requests, inflated. */
  maxBytesInFlight: number;
  /** See `HeapTurns`. */
  laneBytes: { small: number; large: number };
  maxWaitMs: number;
}

/** An oversize body is read and dropped up to this many times its limit, so that its sender hears the answer. */
const drainFactor = 16;
/** A chunk of one byte still costs a buffer. */
const chunkOverheadBytes = 200;
/** More items than this are long work, however few bytes they have: each becomes a record and a part of the answer. */
const fewItems = 100;

export function createBodyReader(options: BodyReaderOptions): BodyReader {
  const { maxBytesInFlight, laneBytes, maxWaitMs } = options;
  const budget = new BodyBudget({ maxBytes: maxBytesInFlight, now: () => performance.now() });
  const turns = new HeapTurns({ laneBytes, maxWaitMs });
  const loopTurns = new LoopTurns({ maxWaitMs, hasOthers: () => turns.hasSmall() });

  function release(request: FastifyRequest): void {
    request.isBodyReleased = true;
    if (request.heldBody === null) return;
    budget.release(request.heldBody.body);
    request.heldBody.turn?.end();
    request.heldBody.loopTurn?.end();
    request.heldBody = null;
  }

  return {
    async read(request, stream) {
      const sender = senderOf(request);
      const { promise: sacrificed, reject: giveWay } = Promise.withResolvers<never>();
      // It is also rejected when nothing waits for it any more.
      sacrificed.catch(() => {});
      const kind = senderKindOf(request.principal);
      const held: NonNullable<FastifyRequest['heldBody']> = {
        body: budget.open(kind, sender, giveWay),
        turn: null,
        loopTurn: null,
      };
      request.heldBody = held;
      try {
        const whole = await readWhole(request, stream, {
          hold: (bytes) => budget.hold(held.body, bytes),
          sacrificed,
        });
        if (request.isBodyReleased) throw new AppError('malformed_request', 'the body broke off');
        held.turn = turns.take(kind, sender, whole);
        await Promise.race([held.turn.granted, sacrificed]);
        if (whole.length > smallBodyBytes) {
          held.loopTurn = loopTurns.take(kind, sender);
          await Promise.race([held.loopTurn.begun, sacrificed]);
        }
        budget.keep(held.body);
        return whole;
      } catch (error) {
        release(request);
        throw error;
      }
    },
    async longWork(request, items) {
      const held = request.heldBody;
      if (held === null || (held.loopTurn === null && items <= fewItems)) return shortWork;
      held.loopTurn ??= loopTurns.take(senderKindOf(request.principal), senderOf(request));
      return await held.loopTurn.begun;
    },
    release,
    bytesInFlight: () => budget.bytes(),
  };
}

interface Holding {
  hold: (bytes: number) => void;
  /** Rejects when the body has to give way. */
  sacrificed: Promise<never>;
}

async function readWhole(
  request: FastifyRequest,
  stream: Readable,
  { hold, sacrificed }: Holding,
): Promise<Buffer> {
  const limit = request.routeOptions.bodyLimit;
  const decoder = findDecoder(request.headers['content-encoding']);
  const holdUnlessReleased = (bytes: number): void => {
    if (request.isBodyReleased) throw new AppError('malformed_request', 'the body broke off');
    hold(bytes);
  };
  const collected = collect(stream, limit, (bytes) => holdUnlessReleased(bytes + chunkOverheadBytes));
  const sent = await Promise.race([collected, sacrificed]);
  if (decoder === null || sent.length === 0) return sent;
  let inflatedBytes = 0;
  const inflated = inflateBody(decoder, sent, (bytes) => {
    inflatedBytes += bytes;
    if (inflatedBytes > limit) throw tooLarge(limit);
    holdUnlessReleased(bytes);
  });
  return await Promise.race([inflated, sacrificed]);
}

function senderOf(request: FastifyRequest): string {
  return `${request.principal?.source ?? ''} ${addressGroup(request.ip)}`;
}

function tooLarge(limit: number): AppError {
  return new AppError('payload_too_large', `a request holds at most ${limit} bytes, inflated`, {
    expected: `at most ${limit} bytes`,
  });
}

/** @param hold counts each chunk; when it throws, or the limit is passed, the rest of the body is read and dropped */
function collect(stream: Readable, limit: number, hold: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let received = 0;
    let fault: AppError | null = null;
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (fault !== null) {
        // The connection is not worth more than this: answer now and let it be reset.
        if (received > limit * drainFactor) reject(fault);
        return;
      }
      try {
        if (received > limit) throw tooLarge(limit);
        hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fault = error as AppError;
        chunks = [];
      }
    });
    stream.on('end', () => {
      if (fault !== null) reject(fault);
      else
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, received));
    });
    stream.on('error', (error) =>
      reject(new AppError('malformed_request', 'the body broke off', { cause: error })),
    );
  });
}
