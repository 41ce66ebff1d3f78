/** Brings identity up on a database and a log, in the order in which one part needs the other, and down in reverse. */
import { join } from 'node:path';
import { blockedDefinition, type IsBlockedIdentifier, topics } from '@throughline/contracts';
import { createDeadLetterStore } from '@throughline/event-log';
import {
  createKeyRing,
  createSummary,
  startStoredKeys,
  type Logger,
  type ReportStep,
} from '@throughline/runtime';
import {
  prepareStorage,
  readinessChecks,
  runServer,
  watchConsumers,
  type RunningServer,
  type ServiceResources,
} from '@throughline/runtime/service';
import type { Pool } from 'pg';
import type { IdentityConfig } from './config.ts';
import { createEraseCopies } from './ask-ingest.ts';
import { createAskCounted, createAskErased, createAskWhatIf } from './ask-metrics.ts';
import { beginErasure, confirmErasure, liftSuppression } from './consume/begin-erasure.ts';
import { restoreErasure } from './consume/restore-erasure.ts';
import { makeDecision, withdrawDecision } from './consume/decide.ts';
import { previewDecision } from './consume/preview-decision.ts';
import { startIdentity, type RunningIdentity } from './consume/start.ts';
import { countPending, countPendingRejections } from './count-pending.ts';
import { createIdentityApp } from './http/app.ts';
import type { DecisionMaker } from './http/decision-routes.ts';
import type { Eraser } from './http/erasure-routes.ts';
import { createFreshness } from './http/freshness.ts';
import { normalizationDefinition } from './core/normalization.ts';
import { findChangedMemberships } from './consume/rules/changed-memberships.ts';
import {
  activateRuleset,
  discardRuleset,
  makePolicy,
  makeWithdrawal,
  undoWithdrawal,
} from './consume/rules/make-ruleset.ts';
import type { RulesMaker } from './http/rules/rules-maker.ts';
import { CurrentRules } from './consume/rules/current-rules.ts';
import { type Policy, policySchema } from './core/policy.ts';
import { createIdentifierIds, type IdentifierIds } from './identifier-id.ts';

export const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface StartOptions {
  config: Pick<
    IdentityConfig,
    | 'allowNonDurableDatabase'
    | 'blockedIdentifiers'
    | 'identitySecret'
    | 'ingestUrl'
    | 'keys'
    | 'listen'
    | 'metricsUrl'
    | 'phoneRegion'
    | 'publishedTraits'
    | 'rejectedRetentionDays'
    | 'stallSeconds'
  > &
    Partial<Pick<IdentityConfig, 'http'>>;
  logger: Logger;
  resources: ServiceResources;
  reportStep?: ReportStep;
}

export async function startIdentityService(options: StartOptions): Promise<RunningServer> {
  const { config, logger, resources } = options;
  const { apiPool, consumerPool, log } = resources;
  await prepareStorage({
    service: 'identity',
    config,
    resources,
    logger,
    reportStep: options.reportStep,
    migrationsDirectory,
    topics: [topics.touchpoints, topics.rejected, topics.resolved, topics.profiles, topics.journeys],
  });

  const storedKeys = await startStoredKeys({ pool: resources.pool, logger });
  const { ids, rules, firstPolicy } = createIds(config);
  // The server comes first because the summary counts into its registry; it listens when all the rest runs.
  let running: RunningIdentity | null = null;
  const service = () => startedOf(running);
  const metrics = { url: config.metricsUrl, key: config.keys.admin };
  const http = await createIdentityApp({
    logger,
    keyRing: createKeyRing(config.keys, storedKeys),
    host: config.listen.host,
    ...(config.http === undefined ? {} : { http: config.http }),
    pool: apiPool,
    ids,
    freshness: freshnessOf({ apiPool, log, logger }, () => running),
    countPendingRejections: () => countPendingRejections(apiPool, log),
    ...writeParts(service, apiPool),
    ...rulesParts({ rules, apiPool, running: () => running }),
    askWhatIf: createAskWhatIf(metrics),
    askCounted: createAskCounted(metrics),
    askErased: createAskErased(metrics),
    deadLetters: createDeadLetterStore({ pool: apiPool, log, schema: 'identity' }),
    ready: readinessChecks(resources, config),
    tracing: resources.tracing,
  });
  const summary = createSummary({ logger, service: 'identity', registry: http.registry });
  const watch = watchConsumers({
    service: 'identity',
    resources,
    logger,
    registry: http.registry,
    summary,
    stallSeconds: config.stallSeconds,
    hasOutbox: true,
    copies: ['rejection', 'touchpoint_conflict'],
  });
  const identity = await startIdentity({
    pool: consumerPool,
    log,
    watch,
    logger,
    summary,
    ids,
    rejectedRetentionDays: config.rejectedRetentionDays,
    publishedTraits: config.publishedTraits,
    blockedDefinition: blockedDefinition(config.blockedIdentifiers),
    normalization: normalizationDefinition,
    rules,
    firstPolicy,
    eraseCopies: createEraseCopies({ url: config.ingestUrl, key: config.keys.admin }),
    tracing: resources.tracing,
  });
  running = identity;
  return await runServer({
    app: http.app,
    listen: config.listen,
    resources,
    stopInOrder: [() => watch.stop(), () => storedKeys.stop(), () => identity.stop(), () => summary.stop()],
  });
}

/** The settings give the policy that a database begins with; from then on it is data. */
function createIds({
  identitySecret,
  blockedIdentifiers,
  phoneRegion,
}: Pick<IdentityConfig, 'identitySecret' | 'blockedIdentifiers' | 'phoneRegion'>): {
  ids: IdentifierIds;
  rules: CurrentRules;
  firstPolicy: Policy;
} {
  const firstPolicy = policySchema.parse({ blocked: blockedIdentifiers, normalization: { phoneRegion } });
  const rules = new CurrentRules(firstPolicy);
  const isBlocked: IsBlockedIdentifier = (type, value) => rules.current.isBlocked(type, value);
  const ids = createIdentifierIds(identitySecret, isBlocked, (type, value, region) =>
    rules.current.normalize(type, value, region),
  );
  return { ids, rules, firstPolicy };
}

/** What the routes need of the rules. */
function rulesParts(parts: {
  rules: CurrentRules;
  apiPool: Pool;
  running: () => RunningIdentity | null;
}): Pick<Parameters<typeof createIdentityApp>[0], 'limits' | 'rules'> {
  return {
    limits: () => parts.rules.current.limits,
    rules: createRulesMaker(parts.running, parts.apiPool),
  };
}

function createRulesMaker(running: () => RunningIdentity | null, apiPool: Pool): RulesMaker {
  const started = (): RunningIdentity => {
    const identity = running();
    if (identity === null) throw new Error('a request came before the service had started');
    return identity;
  };
  const thenWake = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    started().wakeRules();
    return result;
  };
  return {
    makePolicy: (policy, making) => thenWake(makePolicy(started().context, policy, making)),
    makeWithdrawal: (selected, making) => thenWake(makeWithdrawal(started().context, selected, making)),
    undoWithdrawal: (id, making) => thenWake(undoWithdrawal(started().context, id, making)),
    activate: (version) => thenWake(activateRuleset(started().context, version)),
    discard: (version) => discardRuleset(started().context, version),
    changedMemberships: (version) => findChangedMemberships(apiPool, version),
  };
}

function freshnessOf(
  { apiPool, log, logger }: Pick<ServiceResources, 'apiPool' | 'log'> & { logger: Logger },
  running: () => RunningIdentity | null,
): ReturnType<typeof createFreshness> {
  return createFreshness({
    progress: () => running()?.progress() ?? new Map(),
    countPending: () => countPending(apiPool, log),
    onFailure: (error) =>
      logger.warn({ event: 'freshness.unknown', err: error }, 'answers do not say what is pending'),
  });
}

function startedOf(running: RunningIdentity | null): RunningIdentity {
  if (running === null) throw new Error('a request came before the service had started');
  return running;
}

function createEraser(service: () => RunningIdentity): Eraser {
  const wakeFor = (erasure: string): string => {
    service().wakeErasures();
    return erasure;
  };
  return {
    begin: async (requested) => wakeFor(await beginErasure(service().context, requested)),
    confirm: async (confirmed) => wakeFor(await confirmErasure(service().context, confirmed)),
    liftSuppression: (erasure) => liftSuppression(service().context, erasure),
  };
}

/** What the routes need to change something. */
function writeParts(
  service: () => RunningIdentity,
  apiPool: Pool,
): Pick<Parameters<typeof createIdentityApp>[0], 'decisions' | 'erasures' | 'restoreErasure'> {
  return {
    decisions: createDecisionMaker(() => service().context, apiPool),
    erasures: createEraser(service),
    restoreErasure: createRestoreErasure(service),
  };
}

function createRestoreErasure(
  service: () => RunningIdentity,
): Parameters<typeof createIdentityApp>[0]['restoreErasure'] {
  return async (record) => {
    const isNew = await restoreErasure(service().context, record);
    if (isNew) service().wakeErasures();
    return isNew;
  };
}

function createDecisionMaker(context: () => RunningIdentity['context'], apiPool: Pool): DecisionMaker {
  return {
    make: async (decision) => (await makeDecision(context(), decision)).id,
    withdraw: (decisionId, by) => withdrawDecision(context(), decisionId, by),
    preview: (tried) => previewDecision(apiPool, context().rules.current.limits, tried),
  };
}
