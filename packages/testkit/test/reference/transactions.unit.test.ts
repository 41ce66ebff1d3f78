import { describe, expect, test } from 'vitest';
import { isUnguessable } from '../../src/reference/guessable-code.ts';
import { resolve, seen } from './small-world.ts';

const randomNumber = 'order_id:3f2b8c1e-9d47-4a6e-b1c5-7e0d9a4f6b28';

describe('a guest’s order', () => {
  const guest = seen('public', 1, 'anonymous_id:c1 order_id:o1');
  const signIn = seen('public', 5, 'anonymous_id:c1 user_id:ada');

  test('belongs to the cookie before its holder signs in, and to the customer afterwards', () => {
    expect(resolve([guest]).groups).toEqual(['anonymous_id:c1 order_id:o1']);
    const after = resolve([guest, signIn]);
    expect(after.groups).toEqual(['anonymous_id:c1 order_id:o1 user_id:ada']);
    expect(after.profileOf('user_id:ada').touchpointCount).toBe(2);
  });

  test('belongs to the customer when the sign-in came first', () => {
    const later = seen('public', 9, 'anonymous_id:c1 order_id:o1');
    expect(resolve([signIn, later]).groups).toEqual(['anonymous_id:c1 order_id:o1 user_id:ada']);
  });

  test('belongs to the holder of a device as well', () => {
    const order = seen('server', 1, 'device_id:phone order_id:o1');
    const holder = seen('server', 2, 'device_id:phone email:ada@example.org');
    expect(resolve([order, holder]).identifiers.get('order_id:o1')).toMatchObject({
      parent: 'device_id:phone',
      root: 'email:ada@example.org',
    });
  });
});

describe('a transaction that browser and back end saw', () => {
  const backEnd = seen('server', 2, 'user_id:ada order_id:o1');

  test('attaches the cookie to the customer at the weaker level and the later time', () => {
    const visits = [seen('public', 1, 'anonymous_id:c1 order_id:o1'), backEnd];
    const rival = seen('public', 4, 'anonymous_id:c1 user_id:bob');
    expect(resolve([...visits, rival]).identifiers.get('anonymous_id:c1')?.parent).toBe('user_id:ada');
    const earlier = seen('public', 0, 'anonymous_id:c1 user_id:bob');
    expect(resolve([...visits, earlier]).identifiers.get('anonymous_id:c1')?.parent).toBe('user_id:bob');
    const byServer = seen('server', 9, 'anonymous_id:c1 user_id:bob');
    expect(resolve([...visits, byServer]).identifiers.get('anonymous_id:c1')?.parent).toBe('user_id:bob');
  });

  test('does not make the cookie mixed, however many customers its orders are of', () => {
    const resolved = resolve([
      seen('server', 1, 'anonymous_id:c1 order_id:o1'),
      backEnd,
      seen('server', 3, 'anonymous_id:c1 order_id:o2'),
      seen('server', 4, 'user_id:bob order_id:o2'),
      seen('server', 5, 'anonymous_id:c1 order_id:o3'),
    ]);
    expect(resolved.identifiers.get('order_id:o3')).toMatchObject({
      parent: 'anonymous_id:c1',
      root: 'user_id:ada',
    });
  });

  test('links the persons it names too', () => {
    const resolved = resolve([seen('server', 1, 'email:ada@example.org order_id:o1'), backEnd]);
    expect(resolved.profileOf('email:ada@example.org').id).toBe('user_id:ada');
  });
});

describe('an ambiguous number', () => {
  const ada = seen('server', 1, 'user_id:ada order_id:o1');
  const bob = seen('server', 2, 'user_id:bob order_id:o1');
  const cookie = seen('server', 3, 'anonymous_id:c1 order_id:o1');

  test('infers nothing once two identifiers of one person type used it', () => {
    expect(resolve([ada, cookie]).identifiers.get('anonymous_id:c1')?.parent).toBe('user_id:ada');
    const resolved = resolve([bob, cookie, ada]);
    expect(resolved.identifiers.get('anonymous_id:c1')?.parent).toBeNull();
    expect(resolved.identifiers.get('order_id:o1')).toMatchObject({
      ambiguous: 'server',
      parent: 'user_id:ada',
    });
  });

  test('is not ambiguous by identifiers of different types', () => {
    const card = seen('server', 2, 'loyalty_id:4001 order_id:o1');
    expect(resolve([ada, card]).identifiers.get('order_id:o1')?.ambiguous).toBeNull();
  });

  test('is ambiguous by two namespaces of external, which count as one type', () => {
    const records = ['external.crm:1', 'external.shop:1'].map((name, hour) =>
      seen('server', hour, `${name} receipt_id:r1`),
    );
    expect(resolve(records).identifiers.get('receipt_id:r1')?.ambiguous).toBe('server');
  });

  test('is ambiguous at the public level only when public touchpoints alone say so', () => {
    const publicly = ['user_id:ada', 'user_id:bob'].map((name, hour) =>
      seen('public', hour, `${name} order_id:o7`),
    );
    expect(resolve(publicly).identifiers.get('order_id:o7')?.ambiguous).toBe('public');
  });

  test('is another number in another scope', () => {
    const scoped = seen('server', 2, 'user_id:bob order_id.berlin:o1');
    const resolved = resolve([ada, scoped]);
    expect(resolved.identifiers.get('order_id:o1')?.ambiguous).toBeNull();
    expect(resolved.identifiers.get('order_id.berlin:o1')?.parent).toBe('user_id:bob');
  });
});

describe('a transaction that a server vouches for', () => {
  const receipt = seen('server', 1, 'receipt_id:s1-0042');

  test('is not claimed by a public key that guesses its number, before or after', () => {
    for (const hour of [0, 9]) {
      for (const thief of ['user_id:thief', 'anonymous_id:thief']) {
        const claim = seen('public', hour, `${thief} receipt_id:s1-0042`);
        expect(resolve([claim, receipt]).identifiers.get('receipt_id:s1-0042')).toMatchObject({
          parent: null,
          ambiguous: null,
        });
      }
    }
  });

  test('is claimed by a server and by a proof', () => {
    const byServer = seen('server', 2, 'loyalty_id:4001 receipt_id:s1-0042');
    expect(resolve([receipt, byServer]).identifiers.get('receipt_id:s1-0042')?.parent).toBe(
      'loyalty_id:4001',
    );
    const names = 'user_id:ada receipt_id:s1-0042';
    const proven = seen('public', 2, names, { verified: names });
    expect(resolve([receipt, proven]).identifiers.get('receipt_id:s1-0042')?.parent).toBe('user_id:ada');
  });

  test('is claimed by whatever names a number that cannot be guessed', () => {
    const order = seen('server', 1, randomNumber);
    const claim = seen('public', 2, `anonymous_id:c1 ${randomNumber}`);
    expect(resolve([order, claim]).identifiers.get(randomNumber)?.parent).toBe('anonymous_id:c1');
  });

  test('is neither moved nor made ambiguous by a public key that names it for another person', () => {
    const owned = seen('server', 1, 'user_id:ada order_id:o1');
    const claims = ['user_id:thief', 'email:thief@example.org'].map((name) =>
      seen('public', 0, `${name} order_id:o1`),
    );
    const resolved = resolve([...claims, owned]);
    expect(resolved.identifiers.get('order_id:o1')).toMatchObject({ parent: 'user_id:ada', ambiguous: null });
    expect(resolved.profileOf('user_id:ada').identifiers).toEqual(['order_id:o1', 'user_id:ada']);
  });

  test('stitches the browser that names it to the customer of the server, also beside a false claim', () => {
    const resolved = resolve([
      seen('public', 0, 'user_id:thief order_id:o1'),
      seen('public', 1, 'anonymous_id:c1 order_id:o1'),
      seen('server', 2, 'user_id:ada order_id:o1'),
    ]);
    expect(resolved.identifiers.get('anonymous_id:c1')?.parent).toBe('user_id:ada');
  });
});

describe('a number that cannot be guessed', () => {
  test.each([
    '3f2b8c1e-9d47-4a6e-b1c5-7e0d9a4f6b28',
    '9f86d081884c7d659a2feaa0c55ad015',
    'Xk92mQz7LbT4vRw1sYh8Jc',
  ])('is one such as %s', (value) => expect(isUnguessable(value)).toBe(true));

  test.each([
    '1001',
    '00000000-0000-4000-8000-000000000001',
    '2026-11-25-store-7-register-12-000431',
    '12345678901234567890123456789012',
    'ORDER-BERLIN-MAIN-STREET-0000000042',
    'order_number_of_the_customer_12',
    '01890a5d-ac96-774b-bcce-b302099a8057',
  ])('is not one such as %s', (value) => expect(isUnguessable(value)).toBe(false));
});
