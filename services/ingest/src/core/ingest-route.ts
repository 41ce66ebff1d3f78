/**
 * What each route says about the items it takes. In one table because a rejected item is decided again by the rules of
 * the route that first received it.
 */
import type { TouchpointType } from '@throughline/contracts';
import type { ItemDialect } from './decide-touchpoint.ts';

export interface IngestRoute {
  path: string;
  dialect: ItemDialect;
  /** Null where each item says its own type. */
  routeType: TouchpointType | null;
  /** `one` item is the body; of a `batch` the body is an envelope. */
  body: 'native' | 'one' | 'batch';
  /** Imports are larger, and need a key that a server holds. */
  isImport: boolean;
}

/** Segment's HTTP API, and the short forms of analytics.js. */
const segmentCalls: readonly (readonly [path: string, type: TouchpointType])[] = [
  ['/v1/track', 'track'],
  ['/v1/t', 'track'],
  ['/v1/identify', 'identify'],
  ['/v1/i', 'identify'],
  ['/v1/page', 'page'],
  ['/v1/p', 'page'],
  ['/v1/screen', 'screen'],
  ['/v1/s', 'screen'],
  ['/v1/group', 'group'],
  ['/v1/g', 'group'],
  ['/v1/alias', 'alias'],
  ['/v1/a', 'alias'],
];

export const nativeRoute: IngestRoute = {
  path: '/v1/touchpoints',
  dialect: 'native',
  routeType: null,
  body: 'native',
  isImport: false,
};

/** Receipts of tills. */
export const receiptRoute: IngestRoute = {
  path: '/v1/pos/receipts',
  dialect: 'receipt',
  routeType: null,
  body: 'native',
  isImport: false,
};

export const segmentRoutes: readonly IngestRoute[] = [
  ...segmentCalls.map(
    ([path, routeType]) =>
      ({ path, dialect: 'segment', routeType, body: 'one', isImport: false }) satisfies IngestRoute,
  ),
  ...['/v1/batch', '/v1/b', '/v1/import'].map(
    (path) =>
      ({
        path,
        dialect: 'segment',
        routeType: null,
        body: 'batch',
        isImport: path === '/v1/import',
      }) satisfies IngestRoute,
  ),
];

const byPath = new Map([nativeRoute, receiptRoute, ...segmentRoutes].map((route) => [route.path, route]));

/** The native rules stand in for a route that is gone. */
export function findIngestRoute(path: string): IngestRoute {
  return byPath.get(path) ?? nativeRoute;
}
