/** The HTTP server of identity: profiles, timelines, traces and decisions. */
import {
  createHttpApp,
  type HttpConfig,
  type KeyRing,
  type Logger,
  type ReadinessCheck,
  requireProfileKey,
  type ServiceHttp,
  type Tracing,
} from '@throughline/runtime';
import type { DeadLetterStore } from '@throughline/event-log';
import type { Pool } from 'pg';
import type { AskCounted, AskErased, AskWhatIf } from '../ask-metrics.ts';
import type { ResolutionLimits } from '../core/identifier-state.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { addChangesRoutes } from './changes-routes.ts';
import { addDecisionRoutes, type DecisionMaker } from './decision-routes.ts';
import { addErasureRecordRoutes, type ErasureRecordRoutes } from './erasure-record-routes.ts';
import { addErasureRoutes, type Eraser } from './erasure-routes.ts';
import { addExplainRoutes } from './explain-routes.ts';
import { addExportRoutes } from './export-routes.ts';
import type { FreshnessReader } from './freshness.ts';
import { addFreshnessRoutes } from './freshness-routes.ts';
import { addHistoryRoutes } from './history-routes.ts';
import { addLinkRoutes } from './link-routes.ts';
import { addProfileRoutes } from './profile-routes.ts';
import { addPolicyRoutes } from './rules/policy-routes.ts';
import type { RulesMaker } from './rules/rules-maker.ts';
import { addWithdrawalRoutes } from './rules/withdrawal-routes.ts';
import { addSearchRoutes } from './search-routes.ts';
import { addTimelineRoutes } from './timeline-routes.ts';
import { addTraceRoutes } from './trace-routes.ts';

export interface IdentityAppOptions {
  logger: Logger;
  keyRing: KeyRing;
  host: string;
  http?: HttpConfig;
  tracing?: Tracing | undefined;
  /** Its statements time out after 5 s: a query that takes longer is answered 503. */
  pool: Pool;
  ids: IdentifierIds;
  freshness: FreshnessReader;
  /** Rejected items that traces do not know yet. */
  countPendingRejections: () => Promise<number>;
  decisions: DecisionMaker;
  erasures: Eraser;
  restoreErasure: ErasureRecordRoutes['restore'];
  askWhatIf: AskWhatIf;
  askCounted: AskCounted;
  askErased: AskErased;
  deadLetters: DeadLetterStore;
  /** Those in force. */
  limits: () => ResolutionLimits;
  rules: RulesMaker;
  ready: Readonly<Record<string, ReadinessCheck>>;
}

export async function createIdentityApp(options: IdentityAppOptions): Promise<ServiceHttp> {
  const { pool, ids, freshness, countPendingRejections, decisions, erasures, askWhatIf, askCounted } =
    options;
  const http = await createHttpApp({
    service: 'identity',
    title: 'Throughline identity',
    description:
      'Unified customer profiles, the touchpoints under them, and the decisions of operators about them.',
    logger: options.logger,
    keyRing: options.keyRing,
    host: options.host,
    ...(options.http === undefined ? {} : { http: options.http }),
    ready: options.ready,
    deadLetters: options.deadLetters,
    tracing: options.tracing,
  });
  const canRead = http.requireKey('read');
  const canDecide = http.requireKey('admin');
  addProfileRoutes(http.app, { pool, ids, freshness, canRead: requireProfileKey() });
  addSearchRoutes(http.app, { pool, ids, freshness, canSearch: requireProfileKey({ search: true }) });
  addChangesRoutes(http.app, { pool, canRead });
  addTimelineRoutes(http.app, { pool, ids, canRead });
  addLinkRoutes(http.app, { pool, ids, canRead, limits: options.limits });
  addExplainRoutes(http.app, { pool, ids, canRead, limits: options.limits });
  addHistoryRoutes(http.app, { pool, ids, canRead });
  addExportRoutes(http.app, { pool, ids, askCounted, canExport: canDecide });
  addErasureRoutes(http.app, { pool, erasures, askErased: options.askErased, canErase: canDecide });
  addErasureRecordRoutes(http.app, { pool, restore: options.restoreErasure, canErase: canDecide });
  const canTrace = http.requireKey('read', 'server');
  addTraceRoutes(http.app, { pool, ids, freshness, countPendingRejections, askCounted, canRead: canTrace });
  addFreshnessRoutes(http.app, { freshness, canRead });
  addDecisionRoutes(http.app, { pool, ids, decisions, askWhatIf, canDecide });
  const { rules } = options;
  addWithdrawalRoutes(http.app, { pool, ids, rules, askWhatIf, canDecide });
  addPolicyRoutes(http.app, { pool, rules, askWhatIf, canDecide });
  return http;
}
