import { describe, expect, test } from 'vitest';
import { resolve, seen } from './small-world.ts';

const people = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'];

describe('shared identifiers', () => {
  test('an e-mail address of six customers is shared, and one of five belongs to the first', () => {
    const five = people.slice(0, 5).map((who, at) => seen('server', at, `user_id:${who} email:no@no.com`));
    expect(resolve(five).profileOf('email:no@no.com').id).toBe('user_id:u1');

    const sixth = seen('server', 9, 'user_id:u6 email:no@no.com');
    const shared = resolve([...five, sixth]);
    expect(shared.profileOf('email:no@no.com')).toMatchObject({
      identifiers: ['email:no@no.com'],
      identified: false,
    });
    expect(shared.refusal('user_id:u1', 'email:no@no.com')).toBe('shared');
    expect(shared.identifiers.get('email:no@no.com')?.sharedLevel).toBe(3);
  });

  test('gives what names a shared identifier to the strongest that is not', () => {
    const crowd = people.map((who, at) => seen('server', at, `user_id:${who} phone:+49800100`));
    const call = seen('server', 20, 'phone:+49800100 external.crm:c7');
    const alone = seen('server', 21, 'phone:+49800100');
    const resolved = resolve([...crowd, call, alone]);
    expect(resolved.primaryOf(call)).toBe('external.crm:c7');
    expect(resolved.primaryOf(alone)).toBe('phone:+49800100');
  });

  test('does not take a customer with many e-mail addresses for shared', () => {
    const addresses = people.map((name, at) => seen('server', at, `user_id:ada email:${name}@example.org`));
    const resolved = resolve(addresses);
    expect(resolved.identifiers.get('user_id:ada')?.sharedLevel).toBe(0);
    // The sixth address exceeds the limit of five.
    expect(resolved.profileOf('user_id:ada').identifiers).toHaveLength(6);
    expect(resolved.refusal('user_id:ada', 'email:u6@example.org')).toBe('limit');
  });

  test('counts neighbours that are shared themselves', () => {
    // Six shared addresses, each met by seven customers, still make the kiosk that met them shared.
    const addresses = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `email:${name}@example.org`);
    const crowd = addresses.flatMap((address, at) =>
      [...people, 'u7'].map((who) => seen('server', at, `user_id:${who} ${address}`)),
    );
    const kiosk = addresses.map((address, at) => seen('server', 50 + at, `device_id:kiosk ${address}`));
    const resolved = resolve([...crowd, ...kiosk]);
    expect(resolved.identifiers.get('device_id:kiosk')?.sharedLevel).toBe(3);
  });

  test('does not let a public flood change what a server vouched for', () => {
    const vouched = seen('server', 0, 'user_id:ada device_id:phone');
    const flood = people.map((who, at) => seen('public', 1 + at, `user_id:${who} device_id:phone`));
    const resolved = resolve([vouched, ...flood]);
    expect(resolved.identifiers.get('device_id:phone')).toMatchObject({
      sharedLevel: 1,
      parent: 'user_id:ada',
      identifying: true,
    });
    expect(resolved.refusal('user_id:u1', 'device_id:phone')).toBe('shared');
    // A public touchpoint of the device is not Ada's; a server's is.
    const byPublic = seen('public', 30, 'device_id:phone anonymous_id:c1');
    const byServer = seen('server', 31, 'device_id:phone anonymous_id:c1');
    const more = resolve([vouched, ...flood, byPublic, byServer]);
    expect(more.primaryOf(byPublic)).toBe('anonymous_id:c1');
    expect(more.primaryOf(byServer)).toBe('device_id:phone');
  });

  test('makes a till shared that met more than the limit of one attached type', () => {
    const receipts = [1, 2, 3].map((number) =>
      seen('server', number, `receipt_id:r${number} device_id:till`),
    );
    const few = resolve(receipts, { limits: { crowdDegree: 3 } });
    expect(few.identifiers.get('device_id:till')).toMatchObject({ sharedLevel: 0, parent: null });
    expect(few.identifiers.get('receipt_id:r1')).toMatchObject({ parent: 'device_id:till' });
    const many = resolve(receipts, { limits: { crowdDegree: 2 } });
    expect(many.identifiers.get('device_id:till')).toMatchObject({ sharedLevel: 3, parent: null });
    expect(many.identifiers.get('receipt_id:r1')).toMatchObject({ parent: null });
  });

  test('a blocked value links nothing and identifies no profile', () => {
    const first = seen('server', 0, 'user_id:null anonymous_id:c1');
    const second = seen('server', 1, 'user_id:null anonymous_id:c2');
    const resolved = resolve([first, second, seen('server', 2, 'user_id:null')]);
    expect(resolved.groups).toEqual(['anonymous_id:c1', 'anonymous_id:c2', 'user_id:null']);
    expect(resolved.primaryOf(first)).toBe('anonymous_id:c1');
    expect(resolved.profileOf('user_id:null')).toMatchObject({ identified: false, touchpointCount: 1 });
  });
});
