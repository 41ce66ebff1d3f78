import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rejectedBody } from '../../src/core/decide-touchpoint.ts';
import { privacySettingsSchema } from '../../src/core/privacy/privacy-settings.ts';
import { redactItem } from '../../src/core/privacy/redact-item.ts';
import { truncateAddress } from '../../src/core/privacy/truncate-address.ts';
import { mapSnowplowEvent } from '../../src/core/protocols/map-snowplow-event.ts';
import { accepted, decide, identifiersOf, itemContext, rejected } from './item-decisions.ts';

const item = (changes: object = {}) => ({
  type: 'track',
  event: 'Seen',
  userId: 'u1',
  messageId: 'm1',
  ...changes,
});
const withPrivacy = (settings: object) => ({ settings: { privacy: privacySettingsSchema.parse(settings) } });
const signals = { doNotTrack: false, globalPrivacyControl: false, userAgent: null };

describe('an address', () => {
  test.each([
    ['203.0.113.77', '203.0.113.0'],
    [' 203.0.113.77 ', '203.0.113.0'],
    ['::ffff:203.0.113.77', '203.0.113.0'],
    ['2001:db8:abcd:12:1:2:3:4', '2001:db8:abcd::'],
    ['2001:DB8::1', '2001:db8:0::'],
    ['::1', '0:0:0::'],
    ['fe80::', 'fe80:0:0::'],
  ])('%s is cut to %s', (address, expected) => {
    expect(truncateAddress(address)).toBe(expected);
  });

  test.each([
    '',
    'unknown',
    '1.2.3',
    '1.2.3.999',
    '256.1.1.1',
    '1:2:3',
    '1::2::3',
    'g::1',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
  ])('%j is none', (text) => {
    expect(truncateAddress(text)).toBeNull();
  });

  test('of any person keeps nothing that distinguishes two of a network', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
        const neighbour = address.replace(/\d+$/, String(last));
        expect(truncateAddress(address)).toBe(truncateAddress(neighbour));
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(truncateAddress(address)).toMatch(/^([0-9a-f]{1,4}:){3}:$|^(\d{1,3}\.){3}0$/);
      }),
    );
  });
});

describe('the address in an item', () => {
  const context = { ip: '203.0.113.77', locale: 'de' };

  test('is cut unless the source says otherwise, and left out when it is none', () => {
    expect(accepted(item({ context })).context).toEqual({ ip: '203.0.113.0', locale: 'de' });
    expect(accepted(item({ context }), withPrivacy({ addresses: 'kept' })).context).toEqual(context);
    expect(accepted(item({ context }), withPrivacy({ addresses: 'dropped' })).context).toEqual({
      locale: 'de',
    });
    expect(accepted(item({ context: { ...context, ip: 'home' } })).context).toEqual({ locale: 'de' });
  });

  test('of another protocol is cut as well, among the rejects too', () => {
    const wire = { e: 'pv', eid: 'e1', duid: 'd', ip: '203.0.113.77', dtm: '1' };
    const asSnowplow = { mapItem: mapSnowplowEvent, dialect: 'segment' } as const;
    expect(accepted({ ...wire, dtm: '1772357400000' }, asSnowplow).context).toMatchObject({
      ip: '203.0.113.0',
    });
    const kept = rejectedBody(wire, { ...itemContext, ...asSnowplow });
    expect(kept).toMatchObject({ isMapped: true, body: { context: { ip: '203.0.113.0' } } });
  });
});

describe('fields of a source', () => {
  const settings = withPrivacy({
    drop: ['traits.birthday', 'properties.products.cost', 'properties.none.deep', 'event.name'],
    hash: {
      fields: ['traits.email', 'userId', 'properties.card'],
      secret: 'a-secret-of-more-than-thirty-two-characters',
    },
  });

  test('that are dropped or hashed are nowhere in the touchpoint, nor in a reject', () => {
    const sent = item({
      type: 'identify',
      traits: { email: 'ada@example.org', birthday: '1815-12-10', plan: 'gold' },
      properties: { products: [{ cost: 5, price: 7 }, [[{ cost: 6 }]], 'text'], card: { number: 4711 } },
    });
    const touchpoint = accepted(sent, settings);
    expect(touchpoint.traits).toEqual({ email: expect.stringMatching(/^hmac-sha256:0+f$/), plan: 'gold' });
    expect(touchpoint.properties).toEqual({ products: [{ price: 7 }, [[{ cost: 6 }]], 'text'] });
    expect(identifiersOf(sent, settings)).toEqual([`user_id:hmac-sha256:${'2'.padStart(64, '0')}`]);
    const { body } = rejectedBody({ ...sent, timestamp: 'never' }, { ...itemContext, ...settings });
    expect(JSON.stringify(body)).not.toMatch(/ada|1815|4711|"u1"/);
  });

  test('are left as they are when they were taken out before', () => {
    const privacy = settings.settings.privacy;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('email', 'birthday', 'plan'), fc.jsonValue()), (traits) => {
        const hash = (text: string) => text.length.toString(16).padStart(64, '0');
        const once = redactItem({ traits, userId: 'u1' }, privacy, hash);
        expect(redactItem(once, privacy, hash)).toEqual(once);
      }),
    );
  });

  test('that name nothing cost no copy', () => {
    const sent = item();
    expect(redactItem(sent, privacySettingsSchema.parse({ drop: ['traits.x'] }), () => '')).toBe(sent);
  });
});

describe('a person', () => {
  test.each([
    ['dnt', { ...signals, doNotTrack: true }, 'context.doNotTrack'],
    ['gpc', { ...signals, globalPrivacyControl: true }, 'context.globalPrivacyControl'],
  ])('who signals %s is carried as such, and refused where the source honors it', (signal, sent, field) => {
    const name = field.replace('context.', '');
    expect(accepted(item(), { signals: sent }).context).toEqual({ [name]: true });
    expect(accepted(item(), { signals: sent, ...withPrivacy({ honor: [] }) }).context).toEqual({
      [name]: true,
    });
    const honored = withPrivacy({ honor: [signal] });
    expect(rejected(item(), { signals: sent, ...honored })).toMatchObject({ code: 'consent_refused', field });
    // A server that passes the signal on.
    expect(rejected(item({ context: { [name]: true } }), honored)).toMatchObject({ code: 'consent_refused' });
    expect(decide(item(), honored).ok).toBe(true);
  });

  test('is recorded only with the consent that the source requires', () => {
    const required = withPrivacy({ requireConsent: ['Analytics'] });
    const consented = (consent: unknown) => item({ context: { consent } });
    for (const consent of [
      { categoryPreferences: { Analytics: true, Advertising: false } },
      { Analytics: true },
    ]) {
      expect(accepted(consented(consent), required).context).toEqual({ consent });
    }
    for (const consent of [
      undefined,
      'Analytics',
      { Analytics: false },
      { Analytics: 'true' },
      { categoryPreferences: { Analytics: false } },
      { categoryPreferences: { Advertising: true }, Analytics: true },
    ]) {
      expect(rejected(consented(consent), required)).toMatchObject({
        code: 'consent_refused',
        field: 'context.consent',
        expected: 'consent to the category Analytics',
      });
    }
  });

  test('who refused leaves the id and the type of the item only', () => {
    const sent = item({ traits: { email: 'ada@example.org' } });
    const context = { ...itemContext, ...withPrivacy({ requireConsent: ['Analytics'] }) };
    expect(rejectedBody(sent, context).body).toEqual({ messageId: 'm1', type: 'track' });
    expect(decide(sent, context)).toMatchObject({ ok: false, id: 'm1' });
  });
});

describe('a bot', () => {
  const bySignal = { signals: { ...signals, userAgent: 'a bot' } };
  const byContext = item({ context: { userAgent: 'a bot' } });

  test('is accepted with a warning, by its own user agent or that of the request', () => {
    expect(accepted(item(), bySignal).warnings).toEqual(['bot']);
    expect(accepted(byContext).warnings).toEqual(['bot']);
    const person = item({ context: { userAgent: 'Firefox' } });
    expect(accepted(person, bySignal).warnings).toBeUndefined();
  });

  test('is refused where the source says so', () => {
    expect(rejected(byContext, withPrivacy({ bots: 'refused' }))).toMatchObject({ code: 'bot_refused' });
  });
});

test.each([
  { drop: ['a..b'] },
  { drop: ['a b'] },
  { drop: [Array.from({ length: 11 }, () => 'a').join('.')] },
  { hash: { fields: ['userId'], secret: 'short' } },
  { honor: ['cookies'] },
  { unknown: true },
])('the setting %j is refused', (settings) => {
  expect(privacySettingsSchema.safeParse(settings).success).toBe(false);
});
