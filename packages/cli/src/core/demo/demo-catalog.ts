/** What the demo's shop sells, where, and how it is found. Prices and costs are cents. */

export interface Article {
  sku: string;
  name: string;
  category: string;
  price: number;
  cost: number;
}

const article = (sku: string, name: string, category: string, price: number, cost: number): Article => ({
  sku,
  name,
  category,
  price,
  cost,
});

export const articles: readonly [Article, ...Article[]] = [
  article('KB-101', 'Pour-over set', 'Coffee', 3990, 1710),
  article('KB-102', 'Espresso beans 1 kg', 'Coffee', 2450, 1180),
  article('KB-103', 'Filter papers', 'Coffee', 590, 140),
  article('KB-104', 'Hand grinder', 'Coffee', 8900, 4300),
  article('KB-201', 'Teapot, cast iron', 'Tea', 6450, 2890),
  article('KB-202', 'Green tea 250 g', 'Tea', 1590, 620),
  article('KB-203', 'Tea strainer', 'Tea', 890, 210),
  article('KB-301', 'Stoneware mug', 'Tableware', 1490, 430),
  article('KB-302', 'Breakfast plates, four', 'Tableware', 3690, 1450),
  article('KB-303', 'Serving bowl', 'Tableware', 2990, 1120),
  article('KB-401', 'Chef knife 20 cm', 'Kitchen', 12900, 6900),
  article('KB-402', 'Cutting board, oak', 'Kitchen', 4590, 1890),
  article('KB-403', 'Kitchen scale', 'Kitchen', 3490, 1610),
  article('KB-404', 'Apron', 'Kitchen', 2790, 880),
];

export interface Campaign {
  source: string;
  medium: string;
  name: string;
  mediaType: 'paid' | 'owned' | 'earned';
}

const campaign = (
  source: string,
  medium: string,
  name: string,
  mediaType: Campaign['mediaType'],
): Campaign => ({ source, medium, name, mediaType });

export const campaigns: readonly [Campaign, ...Campaign[]] = [
  campaign('google', 'cpc', 'brand', 'paid'),
  campaign('google', 'organic', 'search', 'earned'),
  campaign('instagram', 'social', 'spring-kitchen', 'paid'),
  campaign('newsletter', 'email', 'monthly-letter', 'owned'),
  campaign('coffee-blog', 'referral', 'grinder-review', 'earned'),
];

export interface Store {
  name: string;
  city: string;
  registers: readonly [string, ...string[]];
}

export const stores: readonly [Store, Store] = [
  { name: 'Berlin Mitte', city: 'Berlin', registers: ['1', '2'] },
  { name: 'Hamburg Altona', city: 'Hamburg', registers: ['1', '2'] },
];

/** The register that was offline for its last days, and uploads them when everything else is there. */
export const offlineRegister = { store: stores[1].name, register: '2', days: 14 } as const;

export const firstNames: readonly [string, ...string[]] = [
  'Ada',
  'Emil',
  'Ines',
  'Jonas',
  'Leyla',
  'Mateo',
  'Nora',
  'Omar',
  'Paula',
  'Ruben',
  'Selma',
  'Tarik',
  'Ulla',
  'Vera',
  'Wanda',
  'Yusuf',
];
export const lastNames: readonly [string, ...string[]] = [
  'Adler',
  'Becker',
  'Costa',
  'Demir',
  'Engel',
  'Fischer',
  'Garcia',
  'Hansen',
  'Ivanov',
  'Jensen',
  'Keller',
  'Lindqvist',
  'Moreau',
  'Novak',
  'Petersen',
  'Rossi',
];
export const countries: readonly [string, ...string[]] = ['DE', 'DE', 'DE', 'AT', 'NL', 'DK'];
export const plans: readonly [string, ...string[]] = ['basic', 'basic', 'basic', 'plus'];

/** By what the demo has figures grouped. */
export const demoGroupings = ['acquisitionChannel', 'homeStore'] as const;
