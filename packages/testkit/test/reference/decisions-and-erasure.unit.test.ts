import { describe, expect, test } from 'vitest';
import { erased, identifier, merge, minute, resolve, seen, split } from './small-world.ts';

describe('operators’ decisions', () => {
  const two = [
    seen('server', 0, 'user_id:ada email:a@example.org'),
    seen('server', 0, 'user_id:bob email:b@example.org'),
  ];
  const one = [seen('server', 0, 'user_id:ada email:a@example.org')];

  test('merges over the limits', () => {
    const resolved = resolve(two, { decisions: [merge(5, 'user_id:ada user_id:bob')] });
    expect(resolved.groups).toHaveLength(1);
    expect(resolved.profileOf('user_id:bob').id).toBe('user_id:ada');
  });

  test('splits what evidence links', () => {
    const resolved = resolve(one, { decisions: [split(5, 'user_id:ada', 'email:a@example.org')] });
    expect(resolved.groups).toEqual(['email:a@example.org', 'user_id:ada']);
    expect(resolved.refusal('user_id:ada', 'email:a@example.org')).toBe('split');
  });

  test('splits whatever else links the sides', () => {
    const around = [
      ...one,
      seen('server', 1, 'user_id:ada phone:+49111'),
      seen('server', 2, 'phone:+49111 email:a@example.org'),
    ];
    const resolved = resolve(around, { decisions: [split(5, 'user_id:ada', 'email:a@example.org')] });
    expect(resolved.groups).toEqual(['email:a@example.org', 'phone:+49111 user_id:ada']);
  });

  test('lets the newer of a merge and a split win', () => {
    const merged = merge(5, 'user_id:ada user_id:bob');
    const splitLater = resolve(two, { decisions: [merged, split(6, 'user_id:ada', 'user_id:bob')] });
    expect(splitLater.groups).toHaveLength(2);
    expect(splitLater.refusal('user_id:ada', 'user_id:bob')).toBe('split');
    const splitEarlier = resolve(two, { decisions: [split(4, 'user_id:ada', 'user_id:bob'), merged] });
    expect(splitEarlier.groups).toHaveLength(1);
  });

  test('breaks a tie of decisions by their ids', () => {
    const decisions = [merge(5, 'user_id:ada user_id:bob', 'b'), split(5, 'user_id:ada', 'user_id:bob', 'a')];
    expect(resolve(two, { decisions }).groups).toHaveLength(1);
    const reversed = [merge(5, 'user_id:ada user_id:bob', 'a'), split(5, 'user_id:ada', 'user_id:bob', 'b')];
    expect(resolve(two, { decisions: reversed }).groups).toHaveLength(2);
  });

  test('keeps the rest of a split’s pairs apart where a newer merge joins one of them', () => {
    const decisions = [
      split(4, 'user_id:ada email:a@example.org', 'user_id:bob email:b@example.org'),
      merge(5, 'user_id:ada user_id:bob'),
    ];
    expect(resolve(two, { decisions }).groups).toEqual([
      'email:a@example.org',
      'email:b@example.org',
      'user_id:ada user_id:bob',
    ]);
  });

  test('joins the other pairs of a merge of which one is refused', () => {
    const three = ['a', 'b', 'c'].map((name) => seen('server', 0, `user_id:${name}`));
    const decisions = [merge(4, 'user_id:c user_id:a user_id:b'), split(5, 'user_id:a', 'user_id:b')];
    expect(resolve(three, { decisions }).groups).toEqual(['user_id:a', 'user_id:b user_id:c']);
  });

  test('an attached identifier belongs to the lead of the newest merge that names it', () => {
    const cookie = [...two, seen('server', 1, 'anonymous_id:c1 user_id:ada')];
    const older = merge(4, 'user_id:ada anonymous_id:c1');
    const newer = merge(5, 'user_id:bob anonymous_id:c1');
    expect(resolve(cookie, { decisions: [newer] }).identifiers.get('anonymous_id:c1')?.parent).toBe(
      'user_id:bob',
    );
    expect(resolve(cookie, { decisions: [newer, older] }).identifiers.get('anonymous_id:c1')?.parent).toBe(
      'user_id:bob',
    );
  });

  test('merges attached identifiers under the first of them', () => {
    const cookies = [seen('public', 0, 'anonymous_id:c2'), seen('public', 1, 'anonymous_id:c1')];
    const resolved = resolve(cookies, { decisions: [merge(5, 'anonymous_id:c2 anonymous_id:c1')] });
    expect(resolved.profileOf('anonymous_id:c2')).toMatchObject({
      id: 'anonymous_id:c1',
      touchpointCount: 2,
    });
  });

  test('an attached identifier that a split names belongs only to a cluster that its side names', () => {
    const device = [
      ...two,
      seen('server', 1, 'device_id:d user_id:ada'),
      seen('public', 2, 'device_id:d email:b@example.org'),
    ];
    const parentAfter = (left: string, right: string) =>
      resolve(device, { decisions: [split(5, left, right)] }).identifiers.get('device_id:d')?.parent;
    expect(parentAfter('device_id:d', 'user_id:ada')).toBeNull();
    // Bob's address is in the cluster of the user whom the side names.
    expect(parentAfter('device_id:d user_id:bob', 'user_id:ada')).toBe('email:b@example.org');
    expect(parentAfter('user_id:ada device_id:d', 'user_id:bob')).toBe('user_id:ada');
    expect(parentAfter('user_id:ada', 'user_id:bob')).toBe('user_id:ada');
  });

  test('a merge that is newer than the split attaches what the split kept apart', () => {
    const device = [...two, seen('server', 1, 'device_id:d user_id:ada')];
    const kept = split(5, 'device_id:d', 'user_id:ada user_id:bob');
    const decisions = [kept, merge(6, 'user_id:bob device_id:d')];
    expect(resolve(device, { decisions }).identifiers.get('device_id:d')?.parent).toBe('user_id:bob');
    const olderMerge = [kept, merge(4, 'user_id:bob device_id:d')];
    expect(resolve(device, { decisions: olderMerge }).identifiers.get('device_id:d')?.parent).toBeNull();
  });
});

describe('erasure', () => {
  test('drops what belongs to the extent, late arrivals too, and leaves what comes after a new beginning', () => {
    const touchpoints = [
      seen('public', 1, 'user_id:ada'),
      seen('public', 20, 'user_id:ada', { occurredAt: minute(9) }),
      seen('public', 10, 'user_id:ada', { occurredAt: minute(11) }),
    ];
    expect(resolve(touchpoints, { erasures: [erased(10, 'user_id:ada')] }).profiles).toEqual([]);
    const later = seen('public', 21, 'user_id:ada');
    const resolved = resolve([...touchpoints, later], { erasures: [erased(10, 'user_id:ada')] });
    expect(resolved.profileOf('user_id:ada')).toMatchObject({ touchpointCount: 1, firstSeenAt: minute(21) });
  });

  test('strikes person identifiers out of others’ touchpoints, and leaves devices', () => {
    const bobs = seen('server', 1, 'user_id:bob email:a@example.org device_id:d');
    const resolved = resolve([bobs], { erasures: [erased(10, 'email:a@example.org device_id:d')] });
    expect(resolved.groups).toEqual(['device_id:d user_id:bob']);
    expect(resolved.primaryOf(bobs)).toBe('user_id:bob');
  });

  test('an erasure joins no profiles: a tablet that met two people still has', () => {
    const tablet = [
      seen('public', 1, 'user_id:ada device_id:tablet'),
      seen('public', 2, 'user_id:bob device_id:tablet'),
      seen('public', 3, 'email:c@example.org device_id:tablet'),
    ];
    const resolved = resolve(tablet, { erasures: [erased(10, 'user_id:ada')] });
    expect(resolved.groups).toEqual(['device_id:tablet user_id:bob', 'email:c@example.org']);
  });

  test('lowers no degree: what was shared stays shared', () => {
    const crowd = ['a', 'b', 'c', 'd', 'e', 'f'].map((who, at) =>
      seen('server', at, `user_id:${who} email:no@no.com`),
    );
    const resolved = resolve(crowd, { erasures: [erased(10, 'user_id:a user_id:b')] });
    expect(resolved.identifiers.get('email:no@no.com')?.sharedLevel).toBe(3);
    expect(resolved.groups).toEqual(['email:no@no.com', 'user_id:c', 'user_id:d', 'user_id:e', 'user_id:f']);
  });

  test('an erasure makes no identifier unknown that a server knew', () => {
    const touchpoints = [
      seen('server', 1, 'user_id:ada loyalty_id:4001'),
      seen('server', 2, 'user_id:bob email:b@example.org'),
      seen('public', 3, 'user_id:bob loyalty_id:4001'),
    ];
    const resolved = resolve(touchpoints, { erasures: [erased(10, 'user_id:ada')] });
    expect(resolved.refusal('user_id:bob', 'loyalty_id:4001')).toBe('two_known');
  });

  test('judges by what it wrote down as shared, not by what is shared since', () => {
    const guest = seen('server', 1, 'email:no@no.com anonymous_id:c1');
    const crowd = ['a', 'b', 'c', 'd', 'e', 'f'].map((who, at) =>
      seen('server', 20 + at, `user_id:${who} email:no@no.com`),
    );
    const extent = 'anonymous_id:c1';
    const kept = resolve([guest, ...crowd], { erasures: [erased(10, extent)] });
    expect(kept.primaryOf(guest)).toBe('anonymous_id:c1');
    const shared = [{ identifier: identifier('email:no@no.com'), trust: 'server' as const }];
    expect(resolve([guest], { erasures: [erased(10, extent, shared)] }).primaryOf(guest)).toBeNull();
    const byPublicOnly = [{ identifier: identifier('email:no@no.com'), trust: 'public' as const }];
    expect(resolve([guest], { erasures: [erased(10, extent, byPublicOnly)] }).primaryOf(guest)).toBe(
      'email:no@no.com',
    );
  });

  test('ends the decisions made by then that name the extent', () => {
    const touchpoints = [
      seen('server', 20, 'user_id:ada'),
      seen('server', 20, 'user_id:bob'),
      seen('server', 20, 'user_id:cyd'),
    ];
    const decisions = [merge(5, 'user_id:ada user_id:bob'), merge(15, 'user_id:ada user_id:cyd')];
    const resolved = resolve(touchpoints, { decisions, erasures: [erased(10, 'user_id:ada')] });
    expect(resolved.groups).toEqual(['user_id:ada user_id:cyd', 'user_id:bob']);
  });

  test('forgets an identifier that only dropped touchpoints mention, unless a decision names it', () => {
    const touchpoints = [
      seen('server', 1, 'user_id:ada external.crm:1 external.crm:2'),
      seen('server', 2, 'user_id:bob'),
    ];
    const erasures = [erased(10, 'user_id:ada external.crm:1')];
    expect(resolve(touchpoints, { erasures }).groups).toEqual(['user_id:bob']);
    const decisions = [merge(5, 'user_id:bob external.crm:2')];
    const named = resolve(touchpoints, { erasures, decisions });
    expect(named.groups).toEqual(['external.crm:2 user_id:bob']);
    expect(named.identifiers.get('external.crm:2')).toMatchObject({ identifying: false, firstSeenAt: null });
  });
});
