/** Signatures that the protocols' makers publish with their tests. */
import { describe, expect, test } from 'vitest';
import { isSigned } from '../../src/http/webhook-signature.ts';

describe('the example of Standard Webhooks', () => {
  const settings = { standard: { secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] } };
  const seconds = 1_614_265_330;
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': String(seconds),
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const check = (changes: { body?: string; nowSeconds?: number; headers?: object }): boolean =>
    isSigned('standard', settings, {
      headers: { ...headers, ...changes.headers },
      body: Buffer.from(changes.body ?? '{"test": 2432232314}'),
      nowMs: (changes.nowSeconds ?? seconds) * 1_000,
    });

  test('is valid, for five minutes before and after its time', () => {
    expect([-300, 0, 300].map((off) => check({ nowSeconds: seconds + off }))).toEqual([true, true, true]);
    expect([-301, 301].map((off) => check({ nowSeconds: seconds + off }))).toEqual([false, false]);
  });

  test('is not valid for the same JSON in other bytes, another id or another time', () => {
    expect(check({ body: '{"test":2432232314}' })).toBe(false);
    expect(check({ headers: { 'webhook-id': 'msg_other' } })).toBe(false);
    expect(check({ headers: { 'webhook-timestamp': String(seconds + 1) } })).toBe(false);
  });
});

test('the example of Square is valid at its own address only', () => {
  const body =
    '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f",' +
    '"created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}';
  const check = (url: string): boolean =>
    isSigned(
      'square',
      { square: { secrets: ['Ibxx_5AKakO-3qeNVR61Dw'], url } },
      {
        headers: { 'x-square-hmacsha256-signature': 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=' },
        body: Buffer.from(body),
        nowMs: 0,
      },
    );
  expect(check('https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9')).toBe(true);
  expect(check('https://webhook.site/')).toBe(false);
});
