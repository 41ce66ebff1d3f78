/**
 * Holds a manifest to Kubernetes' and KEDA's own schemas. Those allow fields that they do not have, which a cluster drops in
 * silence; so a field that the check never looks at is a fault as well.
 */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { Manifest } from './render-chart.ts';

const models = {
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  ScaledObject,
  Service,
  ServiceAccount,
};

export function findFaults(manifest: Manifest): string[] {
  const { kind, apiVersion } = manifest;
  const model = models[kind as keyof typeof models] as (new (data?: never) => { validate(): void }) & {
    apiVersion?: string;
  };
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- the kind is the template's
  if (model === undefined) return [`no schema for ${kind}`];
  if (Reflect.get(model, 'apiVersion') !== apiVersion) return [`${kind} is not in ${apiVersion}`];
  const read = new Set<string>();
  const checked = new model();
  Object.assign(checked, watched(manifest, '', read));
  try {
    checked.validate();
  } catch (error) {
    return [(error as Error).message];
  }
  return pathsOf(manifest, '')
    .filter((place) => !read.has(place))
    .map((place) => `${kind} has no field ${place}`);
}

/** Notes the place of each field that is looked at. */
function watched<T extends object>(value: T, place: string, read: Set<string>): T {
  return new Proxy(value, {
    get(target, key, receiver) {
      const found: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return found;
      const at = `${place}/${key}`;
      read.add(at);
      return typeof found === 'object' && found !== null ? watched(found, at, read) : found;
    },
  });
}

function pathsOf(value: unknown, place: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [
    `${place}/${key}`,
    ...pathsOf(one, `${place}/${key}`),
  ]);
}
