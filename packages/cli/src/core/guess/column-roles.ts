/** What the columns of a table mean, by their names and a look at what is in them. */
import { guessNumberReading } from './guess-number-reading.ts';

export const roles = [
  'order',
  'email',
  'phone',
  'loyalty',
  'customer',
  'date',
  'time',
  'quantity',
  'total',
  'price',
  'currency',
  'sku',
  'product',
  'event',
  'store',
] as const;
export type Role = (typeof roles)[number];
export type ColumnRoles = Partial<Readonly<Record<Role, string>>>;

const number = '(?:_?(?:id|no|nr|num|number|nummer|key|code))?';
/** Of names in lower case, with one underscore for everything between letters and digits. */
const names: Readonly<Record<Role, RegExp>> = {
  order: new RegExp(
    `^(?:order|sales_?order|invoice|transaction|trans|receipt|basket|ticket|bestell(?:ung)?|bestellnummer|rechnung|bon)${number}$`,
  ),
  email: /e_?mail/,
  phone: /phone|mobile|telefon|handy/,
  loyalty: new RegExp(`^(?:loyalty|loyalty_?card|card|household|karten?|kundenkarte)${number}$`),
  customer: new RegExp(`^(?:customer|cust|client|user|member|buyer|shopper|kunden?|kd)${number}$`),
  date: /date|datum|timestamp|_at$|^at$|^day$|^tag$|^time$|^datetime$|^ts$/,
  time: /^(?:time|zeit|uhrzeit|trans_?time|order_?time)$/,
  quantity: /^(?:qty|quantity|units?|menge|anzahl|pieces)$/,
  total: /(?:^|_)(?:total|amount|revenue|sales|value|betrag|summe|umsatz|gross|net)(?:_|$)/,
  price: /price|preis/,
  currency: /currency|waehrung|währung/,
  sku: /^(?:sku|stock_?code|ean|gtin|(?:product|item|article|artikel)_?(?:id|no|nr|number|nummer|code))$/,
  product: /^(?:product|item|article|artikel|description|bezeichnung)(?:_?name)?$/,
  event: /^(?:event|event_?(?:name|type)|action|activity)$/,
  store: new RegExp(`^(?:store|shop|branch|filiale|outlet)${number}$`),
};

const numeric: ReadonlySet<Role> = new Set(['quantity', 'total', 'price']);

/** A column has one role, a role one column: the first that fits. */
export function findColumnRoles(
  columns: readonly string[],
  sampleOf: (column: string) => readonly string[],
): ColumnRoles {
  const found: Partial<Record<Role, string>> = {};
  const taken = new Set<string>();
  for (const role of roles) {
    const column = columns.find(
      (each) => !taken.has(each) && names[role].test(foldName(each)) && fits(role, sampleOf(each)),
    );
    if (column === undefined) continue;
    found[role] = column;
    taken.add(column);
  }
  // "time" alone is the instant, not a time of day beside one.
  if (found.date === undefined && found.time !== undefined) {
    const { time, ...others } = found;
    return { ...others, date: time };
  }
  return found;
}

function fits(role: Role, sample: readonly string[]): boolean {
  if (sample.length === 0) return false;
  if (numeric.has(role)) return guessNumberReading(sample) !== null;
  if (role === 'email') return sample.some((text) => text.includes('@'));
  if (role === 'time') return sample.every((text) => /^\d{1,2}:?\d{2}(?::?\d{2})?(?: ?[ap]m)?$/i.test(text));
  if (role === 'date')
    return sample.every((text) => /\d/.test(text)) && !sample.every((text) => /^\d{1,2}:\d{2}/.test(text));
  return true;
}

/** `Invoice Date`, `invoiceDate` and `INVOICE-DATE` are one. */
export function foldName(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\d]+/gu, '_')
    .replace(/^_|_$/g, '');
}
