/** The routes that take touchpoints, each group with content types of its own, and what browsers may do with them. */
import { createRequestKeys } from './request-key.ts';
import type { HttpApp } from '@throughline/runtime';
import { nativeRoute, segmentRoutes, cloudEventsRoute, snowplowRoutes } from '../core/ingest-route.ts';
import { addClientFileRoutes, clientFilePaths } from './client-file-routes.ts';
import { addCloudEventsRoute } from './cloud-events-route.ts';
import { addCors } from './cors.ts';
import { addNativeRoute } from './native-route.ts';
import type { IngestRouteParts } from './receive-request.ts';
import { requireLog } from './require-log.ts';
import { addSegmentRoutes } from './segment-routes.ts';
import { addSnowplowRoutes } from './snowplow-routes.ts';

export async function addIngestRoutes(app: HttpApp, options: Omit<IngestRouteParts, 'keys'>): Promise<void> {
  const parts: IngestRouteParts = {
    ...options,
    keys: createRequestKeys(options.keyRing, options.rateLimits),
  };
  addCors(app, {
    posts: [nativeRoute, ...segmentRoutes, cloudEventsRoute, snowplowRoutes.post].map(({ path }) => path),
    gets: [snowplowRoutes.pixel.path, ...clientFilePaths],
    credentialed: [snowplowRoutes.post.path, snowplowRoutes.pixel.path],
    sources: parts.sources,
  });
  for (const addGroup of [addNativeRoute, addSegmentRoutes, addCloudEventsRoute, addSnowplowRoutes]) {
    await app.register((scope, _options, done) => {
      requireLog(scope, parts.receiver);
      addGroup(scope, parts);
      done();
    });
  }
  await app.register((scope, _options, done) => {
    addClientFileRoutes(scope, parts);
    done();
  });
}
