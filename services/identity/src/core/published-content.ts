/**
 * What of a touchpoint's context and traits goes to the figures: the campaign that brought the customer, the consents at the
 * time, and the traits that the deployment lets figures be grouped by. Everything else stays in the profile (law 6).
 */
import { type Campaign, hasContactForm, type Touchpoint } from '@throughline/contracts';
import { consentsOf } from './consents.ts';

export interface PublishedContent {
  campaign?: Campaign;
  consent?: Record<string, boolean>;
  traits?: Record<string, string | number | boolean>;
}

const textMaxLength = 200;
const campaignFields = ['source', 'medium', 'name', 'term', 'content'] as const;

/** @param publishedTraits names on the allow-list */
export function publishedContentOf(
  { context, properties, traits }: Touchpoint,
  publishedTraits: ReadonlySet<string>,
): PublishedContent {
  const content: PublishedContent = {};
  if (context !== undefined || properties !== undefined) {
    const campaign = campaignOf(context, properties);
    if (campaign !== null) content.campaign = campaign;
  }
  const consent = consentsOf(context);
  if (consent !== null) content.consent = consent;
  if (traits !== undefined && publishedTraits.size > 0) {
    const published = traitsOf(traits, publishedTraits);
    if (published !== null) content.traits = published;
  }
  return content;
}

type Json = Readonly<Record<string, unknown>>;

/** `context.campaign`, else the UTM parameters of the page's address. */
function campaignOf(context: Json | undefined, properties: Json | undefined): Campaign | null {
  const own = context?.['campaign'];
  if (isObject(own)) {
    const campaign = campaignFrom((field) => own[field]);
    if (campaign !== null) return campaign;
  }
  const page = context?.['page'];
  const addresses = [...(isObject(page) ? [page['url'], page['search']] : []), properties?.['url']];
  for (const address of addresses) {
    if (typeof address !== 'string' || !address.includes('utm_')) continue;
    const parameters = parametersOf(address);
    const campaign = campaignFrom((field) =>
      parameters.get(field === 'name' ? 'utm_campaign' : `utm_${field}`),
    );
    if (campaign !== null) return campaign;
  }
  return null;
}

/** Of an address, whole or its query alone, without its fragment. */
function parametersOf(address: string): URLSearchParams {
  const [whole = ''] = address.split('#', 1);
  return new URLSearchParams(whole.slice(whole.indexOf('?') + 1));
}

function campaignFrom(valueOf: (field: (typeof campaignFields)[number]) => unknown): Campaign | null {
  let campaign: Campaign | null = null;
  for (const field of campaignFields) {
    const value = valueOf(field);
    if (typeof value !== 'string' || value.trim() === '' || value.length > textMaxLength) continue;
    campaign ??= {};
    campaign[field] = value.trim();
  }
  return campaign;
}

/** Scalars only, and no text that is an e-mail address, whatever its name is. */
function traitsOf(traits: Json, published: ReadonlySet<string>): Required<PublishedContent>['traits'] | null {
  const kept: [string, string | number | boolean][] = [];
  for (const name of published) {
    const value = Object.hasOwn(traits, name) ? traits[name] : undefined;
    if (typeof value === 'number' || typeof value === 'boolean') kept.push([name, value]);
    else if (typeof value === 'string' && value.length <= textMaxLength && !isAddress(value))
      kept.push([name, value]);
  }
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function isAddress(text: string): boolean {
  return text.includes('@') && hasContactForm('email', text.trim());
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
