/**
 * What each route says about the items it takes. In one table because a rejected item is decided again by the rules of
 * the route that first received it.
 */
import type { TouchpointType } from '@throughline/contracts';
import type { ItemDialect } from './decide-touchpoint.ts';
import { mapPoslog } from './pos/map-poslog.ts';
import { mapShopify } from './pos/map-shopify.ts';
import { mapSquare } from './pos/map-square.ts';
import { mapCloudEvent } from './protocols/map-cloud-event.ts';
import { mapSnowplowEvent } from './protocols/map-snowplow-event.ts';
import type { MapItem } from './protocols/mapped-item.ts';

export interface IngestRoute {
  path: string;
  dialect: ItemDialect;
  /** Null where each item says its own type. */
  routeType: TouchpointType | null;
  /** What makes an item of ours of one in another protocol's form. The rejected store keeps the form that came. */
  mapItem?: MapItem;
}

/** A route of Segment's HTTP API, which RudderStack's and Jitsu's clients speak too. */
export interface SegmentRoute extends IngestRoute {
  /** `one` item is the body; of a `batch` the body is an envelope. */
  body: 'one' | 'batch';
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

/** Jitsu's clients have no alias and no screen call. */
const jitsuCalls = (['track', 'identify', 'page', 'group'] as const).flatMap((type) => [
  [`/api/s/${type}`, type] as const,
  [`/api/s/s2s/${type}`, type] as const,
]);

export const nativeRoute: IngestRoute = { path: '/v1/touchpoints', dialect: 'native', routeType: null };

/** The last is where RudderStack's browser client sends its beacons. */
const batchPaths = ['/v1/batch', '/v1/b', '/v1/import', '/beacon/v1/batch'];

/** Receipts of tills, in the forms in which they come. */
export const receiptRoute: IngestRoute = { path: '/v1/pos/receipts', dialect: 'receipt', routeType: null };

export const segmentRoutes: readonly SegmentRoute[] = [
  ...[...segmentCalls, ...jitsuCalls].map(
    ([path, routeType]) =>
      ({ path, dialect: 'segment', routeType, body: 'one', isImport: false }) satisfies SegmentRoute,
  ),
  ...batchPaths.map(
    (path) =>
      ({
        path,
        dialect: 'segment',
        routeType: null,
        body: 'batch',
        isImport: path === '/v1/import',
      }) satisfies SegmentRoute,
  ),
];

export const cloudEventsRoute: IngestRoute = {
  path: '/v1/cloudevents',
  dialect: 'native',
  routeType: null,
  mapItem: mapCloudEvent,
};

/** A POST of several events, and the pixel, a GET of one. */
export const snowplowRoutes = {
  post: {
    path: '/com.snowplowanalytics.snowplow/tp2',
    dialect: 'segment',
    routeType: null,
    mapItem: mapSnowplowEvent,
  },
  pixel: { path: '/i', dialect: 'segment', routeType: null, mapItem: mapSnowplowEvent },
} as const satisfies Record<string, IngestRoute>;

export const poslogRoute: IngestRoute = {
  path: '/v1/pos/poslog',
  dialect: 'receipt',
  routeType: null,
  mapItem: mapPoslog,
};

/** Of webhooks the path is that of the protocol: the source in it is no part of how an item is decided. */
export const shopifyRoute: IngestRoute = {
  path: '/v1/pos/webhooks/shopify',
  dialect: 'receipt',
  routeType: null,
  mapItem: mapShopify,
};

export const squareRoute: IngestRoute = {
  path: '/v1/pos/webhooks/square',
  dialect: 'receipt',
  routeType: null,
  mapItem: mapSquare,
};

const byPath = new Map(
  [
    nativeRoute,
    receiptRoute,
    poslogRoute,
    shopifyRoute,
    squareRoute,
    ...segmentRoutes,
    cloudEventsRoute,
    snowplowRoutes.post,
    snowplowRoutes.pixel,
  ].map((route) => [route.path, route]),
);

/** After the path of a route whose items were kept in our form instead of the form that came. */
export const mappedMark = '#mapped';

/** The native rules stand in for a route that is gone. */
export function findIngestRoute(path: string): IngestRoute {
  if (!path.endsWith(mappedMark)) return byPath.get(path) ?? nativeRoute;
  const { mapItem: _mapItem, ...route } = findIngestRoute(path.slice(0, -mappedMark.length));
  return route;
}
