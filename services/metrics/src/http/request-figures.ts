/**
 * The generation of figures that a request is answered from: the one that was in use when it began, or at the moment that it asks
 * for. A request keeps it to its end, also when another one takes its place meanwhile, so that no answer mixes the two.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { parseInstant } from '@throughline/contracts';
import type { FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { FigureContext } from '../consume/apply-records.ts';
import type { FigureGenerations } from '../consume/figure-generations.ts';

export interface RequestFigures {
  /** Of the request that asks; of the process outside of requests. */
  current: () => FigureContext;
  /** A hook that goes before handlers. */
  choose: (request: FastifyRequest, reply: unknown, done: HookHandlerDoneFunction) => void;
}

export function createRequestFigures(generations: Pick<FigureGenerations, 'current' | 'at'>): RequestFigures {
  const storage = new AsyncLocalStorage<FigureContext>();
  /** Never rejects. */
  async function chooseAt(moment: number, done: HookHandlerDoneFunction): Promise<void> {
    let figures: FigureContext;
    try {
      figures = await generations.at(moment);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    storage.run(figures, done);
  }

  return {
    current: () => storage.getStore() ?? generations.current(),
    choose(request, _reply, done) {
      const moment = momentOf(request.query);
      if (moment === null) {
        storage.run(generations.current(), done);
        return;
      }
      void chooseAt(moment, done);
    },
  };
}

/** Null where none is asked for, or none can be read: the route says so. */
function momentOf(query: unknown): number | null {
  const { asOf } = (query ?? {}) as { asOf?: unknown };
  return typeof asOf === 'string' ? parseInstant(asOf.replace(/ (\d\d:?\d\d)$/, '+$1')) : null;
}
