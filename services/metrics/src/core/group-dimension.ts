/**
 * What growth may be grouped by. A dimension takes one value of a profile, which holds for all its days: that of the first
 * touchpoint that states one, or of the latest statement. Only `relationship` changes from day to day.
 *
 * Each value is a series of its own, so a text that anybody may send is taken from trusted sources alone.
 */
import { relationshipDimension } from './grouping-series.ts';
import type { Fact } from './fact.ts';
import { figureChannelOf } from './figure-channel.ts';
import type { Moment } from './moment.ts';

export interface Statement extends Moment {
  value: string;
  byServer: boolean;
}

export interface StatedDimension extends Statement {
  /** Place of the dimension among those that touchpoints state. */
  dimension: number;
}

interface Details {
  owner?: string;
  mediaType?: string;
  initiator?: string;
  kind?: string;
  campaign?: { name?: string };
  consent?: Record<string, boolean>;
  traits?: Record<string, string | number | boolean>;
}

/** A fact, and whether it is the record of a sale. */
type StatingFact = Fact & { isSale: boolean };

type ReadValue = (fact: StatingFact, details: Details) => unknown;

const isTrusted = ({ trust }: Fact): boolean => trust === 'server';

/** Of the first touchpoint that has one. */
const firstValues: Readonly<Record<string, ReadValue>> = {
  acquisitionChannel: (fact) => figureChannelOf(fact),
  acquisitionSource: ({ source }) => source,
  acquisitionOwner: (_fact, { owner }) => owner,
  acquisitionMediaType: (_fact, { mediaType }) => mediaType,
  acquisitionInitiator: (_fact, { initiator }) => initiator,
  acquisitionKind: (_fact, { kind }) => kind,
  acquisitionCampaign: (fact, { campaign }) => (isTrusted(fact) ? campaign?.name : null),
  homeStore: (fact) => (isTrusted(fact) && fact.isSale ? fact.numbers.store : null),
};

/** `trait:plan`, `consent:email`: the latest statement; one of a server stands above public ones. */
const latestValues: Readonly<Record<string, (name: string) => ReadValue>> = {
  trait:
    (name) =>
    (fact, { traits = {} }) =>
      isTrusted(fact) && Object.hasOwn(traits, name) ? traits[name] : null,
  consent:
    (category) =>
    (_fact, { consent = {} }) =>
      Object.hasOwn(consent, category) ? consent[category] : null,
};

/** Code points; what is longer is no group. */
const maxLength = 200;

export function takesFirst(dimension: string): boolean {
  return Object.hasOwn(firstValues, dimension);
}

/** Whether what states it is kept from a day on only: traits that figures may see are a setting of identity. */
export function isLearned(dimension: string): boolean {
  return dimension.startsWith('trait:');
}

/** As an error names them. */
export const groupDimensions = [
  ...Object.keys(firstValues),
  relationshipDimension,
  ...Object.keys(latestValues).map((kind) => `${kind}:<name>`),
].join(', ');

/** Whether there is such a dimension. */
export function isGroupDimension(dimension: string): boolean {
  return dimension === relationshipDimension || readerOf(dimension) !== null;
}

/** What a touchpoint states about each of the dimensions. @param dimensions without `relationship` */
export function statementsOf(dimensions: readonly string[], fact: StatingFact): StatedDimension[] {
  if (dimensions.length === 0) return [];
  const details = fact.details === null ? {} : (JSON.parse(fact.details) as Details);
  return dimensions.flatMap((name, dimension) => {
    const value = textOf(readerOf(name)?.(fact, details));
    if (value === null) return [];
    const { at, source, id } = fact;
    return [{ dimension, value, byServer: !takesFirst(name) && isTrusted(fact), at, source, id }];
  });
}

function readerOf(dimension: string): ReadValue | null {
  if (takesFirst(dimension)) return firstValues[dimension] ?? null;
  const [kind = '', name = ''] = /^([a-z]+):(.{1,100})$/su.exec(dimension)?.slice(1) ?? [];
  return Object.hasOwn(latestValues, kind) ? (latestValues[kind]?.(name) ?? null) : null;
}

/** Null for what is no group: nothing, a fraction, a number that is not exact, or a long text. */
function textOf(value: unknown): string | null {
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || value === '') return null;
  return value.length <= maxLength || Array.from(value).length <= maxLength ? value : null;
}
