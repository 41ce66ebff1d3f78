/** Whether a webhook comes from whom it says: a signature over the bytes of its body, before anything of them is parsed. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { WebhookSettings } from '../core/source-settings.ts';

export type WebhookProtocol = keyof WebhookSettings;

export interface SignedRequest {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Milliseconds since 1970. */
  nowMs: number;
}

/** Of Standard Webhooks: between the time that was signed and the time of receipt. */
const toleranceMs = 5 * 60_000;
const maxSignatures = 20;

export function isSigned(
  protocol: WebhookProtocol,
  settings: WebhookSettings,
  request: SignedRequest,
): boolean {
  if (protocol === 'shopify') return isSignedByShopify(settings.shopify?.secrets ?? [], request);
  if (protocol === 'square') return isSignedBySquare(settings.square, request);
  return isSignedByStandard(settings.standard?.secrets ?? [], request);
}

/** @see https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
function isSignedByShopify(secrets: readonly string[], { headers, body }: SignedRequest): boolean {
  const signature = textOf(headers['x-shopify-hmac-sha256']);
  return secrets.some((secret) => isEqual(hmac(secret, body), signature));
}

/** Over the address that Square was given, then the body. @see https://developer.squareup.com/docs/webhooks/step3validate */
function isSignedBySquare(settings: WebhookSettings['square'], { headers, body }: SignedRequest): boolean {
  if (settings === undefined) return false;
  const signature = textOf(headers['x-square-hmacsha256-signature']);
  const signed = Buffer.concat([Buffer.from(settings.url), body]);
  return settings.secrets.some((secret) => isEqual(hmac(secret, signed), signature));
}

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function isSignedByStandard(secrets: readonly string[], { headers, body, nowMs }: SignedRequest): boolean {
  const id = textOf(headers['webhook-id']);
  const timestamp = textOf(headers['webhook-timestamp']);
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const signatures = textOf(headers['webhook-signature'])
    .split(' ')
    .slice(0, maxSignatures)
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => signature.slice('v1,'.length));
  return secrets.some((secret) => {
    const expected = hmac(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'), signed);
    return signatures.some((signature) => isEqual(expected, signature));
  });
}

function hmac(secret: string | Buffer, signed: Buffer): Buffer {
  return createHmac('sha256', secret).update(signed).digest();
}

function isEqual(expected: Buffer, signature: string): boolean {
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
