/** What happens in shops, as drafts: each scene is one sentence of the definition's stories, played by people of a small town. */
import type { Identifier } from '@throughline/contracts';
import type { Draft, DraftTouchpoint } from './draft.ts';
import type { Random } from './seeded-random.ts';

export interface Person {
  user: Identifier;
  oldUser: Identifier;
  emails: Identifier[];
  phone: Identifier;
  card: Identifier;
  cookies: Identifier[];
  tablet: Identifier;
}

/** People live in households of two, who share a tablet and a telephone. */
export function personOf(index: number): Person {
  const home = Math.floor(index / 2);
  return {
    user: { type: 'user_id', value: `u${index}` },
    oldUser: { type: 'user_id', value: `old${index}` },
    emails: [
      { type: 'email', value: `p${index}@example.org` },
      { type: 'email', value: `home${home}@example.org` },
    ],
    phone: { type: 'phone', value: `+49301000${home}` },
    card: { type: 'loyalty_id', value: `400${index}` },
    cookies: [
      { type: 'anonymous_id', value: `c${index}` },
      { type: 'anonymous_id', value: `c${index}b` },
    ],
    tablet: { type: 'device_id', value: `tablet${home}` },
  };
}

const kiosk: Identifier = { type: 'device_id', value: 'kiosk' };
const noEmail: Identifier = { type: 'email', value: 'no@no.com' };
const callCentre: Identifier = { type: 'phone', value: '+49800100' };

function touchpoint(random: Random, over: Partial<DraftTouchpoint> & { identifiers: Identifier[] }): Draft {
  const traits = random.chance(0.3) ? { [random.pick(['name', 'city'])]: random.below(4) } : {};
  return {
    kind: 'touchpoint',
    type: 'track',
    name: null,
    server: false,
    verified: [],
    traits,
    delay: random.pick([0, 0, 0, 0, 1, 3, 10]),
    jitter: random.pick([0, 0, 0, 1, 2]),
    ...over,
  };
}

type Scene = (random: Random, people: readonly Person[], serial: number) => Draft[];

const visit: Scene = (random, people) => {
  const who = random.pick(people);
  const identifiers = [random.pick(who.cookies), ...(random.chance(0.3) ? [who.tablet] : [])];
  return [touchpoint(random, { type: 'page', identifiers })];
};

const browse: Scene = (random, people) => {
  const who = random.pick(people);
  const identifiers = [random.pick([who.user, ...who.cookies])];
  const name = random.pick([
    'Product Viewed',
    'Products Searched',
    'Product Shared',
    'Order Refunded',
    'Unheard Of',
  ]);
  return [
    random.chance(0.8)
      ? touchpoint(random, { name, identifiers })
      : touchpoint(random, { type: 'feedback', identifiers }),
  ];
};

const signIn: Scene = (random, people) => {
  const who = random.pick(people);
  const identifiers = [who.user, random.pick(who.emails), random.pick([...who.cookies, who.tablet])];
  return [touchpoint(random, { type: 'identify', server: random.chance(0.4), identifiers })];
};

const leaveEmail: Scene = (random, people) => {
  const who = random.pick(people);
  const identifiers = [random.pick([...who.emails, noEmail]), random.pick([...who.cookies, kiosk])];
  return [touchpoint(random, { type: 'identify', identifiers })];
};

const proofOfIdentity: Scene = (random, people) => {
  const who = random.pick(people);
  const identifiers = [who.user, who.card, random.pick(who.emails)];
  return [
    touchpoint(random, { type: 'identify', identifiers, verified: random.shuffled(identifiers).slice(1) }),
  ];
};

const order: Scene = (random, people, serial) => {
  const who = random.pick(people);
  const number = orderNumber(random, serial);
  const name = 'Order Completed';
  return random.shuffled([
    touchpoint(random, { name, identifiers: [random.pick(who.cookies), number] }),
    touchpoint(random, { name, server: true, identifiers: [who.user, number] }),
  ]);
};

/** Some shops use random numbers, most count: then two customers may well use one. */
function orderNumber(random: Random, serial: number): Identifier {
  return random.pick<Identifier>([
    { type: 'order_id', value: `o${serial}` },
    { type: 'order_id', value: `o${serial}` },
    { type: 'order_id.berlin', value: `o${serial}` },
    { type: 'order_id', value: `Jf6Tq1WzXc9Mv4BnRk2Ds8${serial}` },
  ]);
}

const guestOrder: Scene = (random, people, serial) => {
  const who = random.pick(people);
  const number = orderNumber(random, serial);
  const carrier = random.pick([...who.cookies, who.tablet]);
  const name = 'Order Completed';
  return random.shuffled([
    touchpoint(random, { name, server: random.chance(0.3), identifiers: [carrier, number] }),
    touchpoint(random, { type: 'receipt', server: true, identifiers: [number] }),
    touchpoint(random, { type: 'identify', identifiers: [carrier, random.pick([who.user, ...who.emails])] }),
  ]);
};

/** A public key names a number that it may have guessed. */
const claimedNumber: Scene = (random, people, serial) => {
  const who = random.pick(people);
  const identifiers = [
    orderNumber(random, serial),
    random.pick([who.user, who.card, ...who.emails, ...who.cookies]),
  ];
  return [touchpoint(random, { identifiers, verified: random.chance(0.2) ? identifiers : [] })];
};

const otherSystems: Scene = (random, people) => {
  const who = random.pick(people);
  const records = ['crm', 'shop', 'erp'].map((system): Identifier => ({
    type: `external.${system}`,
    value: `${system}-${who.card.value}`,
  }));
  const identifiers = [
    ...random.shuffled(records).slice(0, 2),
    random.pick([who.user, ...who.cookies, who.phone]),
  ];
  return [touchpoint(random, { server: random.chance(0.7), identifiers })];
};

/** A till writes its own address on every receipt: a crowd of weaker identifiers under one stronger. */
const houseAddress: Scene = (random, people) => {
  const house: Identifier = { type: 'email', value: 'till@shop.example' };
  return random
    .shuffled(people)
    .slice(0, 4)
    .map((who) =>
      touchpoint(random, {
        server: random.chance(0.7),
        identifiers: [house, who.phone, who.emails[0] ?? house],
      }),
    );
};

const tillReceipt: Scene = (random, people, serial) => {
  const who = random.pick(people);
  const number: Identifier = { type: 'receipt_id', value: `s1-r1-20260301-${serial}` };
  const receipt = { type: 'receipt' as const, server: true };
  const claim = touchpoint(random, {
    server: true,
    identifiers: [number, random.pick([who.card, who.user])],
  });
  return [touchpoint(random, { ...receipt, identifiers: [number] }), ...(random.chance(0.6) ? [claim] : [])];
};

/** A guest's orders: all of them move when the browser signs in. */
const manyOrders: Scene = (random, people, serial) => {
  const who = random.pick(people);
  const [cookie = who.user] = who.cookies;
  const orders = [1, 2, 3, 4, 5].map((number) =>
    touchpoint(random, {
      server: false,
      identifiers: [cookie, { type: 'order_id', value: `g${serial}-${number}` }],
    }),
  );
  return [...orders, touchpoint(random, { server: random.chance(0.5), identifiers: [cookie, who.user] })];
};

/** A telephone that several people leave with several addresses: links to two stronger identifiers of one type. */
const officePhone: Scene = (random, people) =>
  random
    .shuffled(people)
    .slice(0, 2 + random.below(2))
    .map((who) =>
      touchpoint(random, {
        server: random.chance(0.8),
        identifiers: [random.pick(people).phone, random.pick(who.emails), random.pick([who.card, who.user])],
      }),
    );

const crowd: Scene = (random, people) => {
  const common = random.pick([kiosk, noEmail, callCentre]);
  const word = random.pick(['server', 'proof', 'public']);
  return random
    .shuffled(people)
    .slice(0, 1 + random.below(people.length))
    .map((who) => {
      const identifiers = [who.user, common];
      return touchpoint(random, {
        server: word === 'server',
        identifiers,
        verified: word === 'proof' ? identifiers : [],
      });
    });
};

const family: Scene = (random, people) => {
  const who = random.pick(people);
  return [touchpoint(random, { server: random.chance(0.3), identifiers: [who.user, who.phone, who.tablet] })];
};

const stranger: Scene = (random, people) => [
  touchpoint(random, { type: 'identify', identifiers: [random.pick(people).user, random.pick(people).card] }),
];

const blockedValue: Scene = (random, people) => [
  touchpoint(random, {
    identifiers: [
      random.pick<Identifier>([
        { type: 'user_id', value: 'null' },
        { type: 'email', value: 'test@test.com' },
      ]),
      random.pick(random.pick(people).cookies),
    ],
  }),
];

const alias: Scene = (random, people) => {
  const who = random.pick(people);
  return [
    touchpoint(random, { type: 'alias', server: random.chance(0.8), identifiers: [who.user, who.oldUser] }),
    touchpoint(random, { server: true, identifiers: [who.oldUser, random.pick(who.emails)] }),
  ];
};

function anyOf(random: Random, people: readonly Person[]): Identifier {
  const who = random.pick(people);
  return random.pick([
    who.user,
    who.user,
    ...who.emails,
    who.card,
    who.phone,
    ...who.cookies,
    who.tablet,
    noEmail,
  ]);
}

const ruling: Scene = (random, people) => {
  const some = (most: number): Identifier[] =>
    Array.from({ length: 1 + random.below(most) }, () => anyOf(random, people));
  return [
    random.pick<Draft>([
      { kind: 'merge', identifiers: [...some(2), ...some(2)] },
      { kind: 'split', left: some(2), right: some(2) },
      { kind: 'withdraw', decision: random.below(5) },
      { kind: 'erase', identifiers: some(1), whole: random.chance(0.8) },
    ]),
  ];
};

export const scenes: readonly Scene[] = [
  visit,
  browse,
  signIn,
  signIn,
  leaveEmail,
  proofOfIdentity,
  order,
  guestOrder,
  claimedNumber,
  otherSystems,
  houseAddress,
  tillReceipt,
  manyOrders,
  officePhone,
  officePhone,
  crowd,
  family,
  stranger,
  blockedValue,
  alias,
  ruling,
  ruling,
];
