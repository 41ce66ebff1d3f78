/**
 * A first mapping for a file, from its header and its first rows: something to correct, with a note for everything that was
 * assumed.
 */
import type { TableLayout } from './table-layout.ts';
import { findColumnRoles, foldName, type ColumnRoles } from './column-roles.ts';
import { guessNumberReading } from './guess-number-reading.ts';
import { guessTimeFormat } from './guess-time-format.ts';

export interface GuessedMapping {
  mapping: Readonly<Record<string, unknown>>;
  /** What was assumed, and what to look at. */
  notes: string[];
}

type Sample = (column: string) => readonly string[];
type Fields = Readonly<Record<string, unknown>>;

interface Part {
  fields: Fields;
  notes: readonly string[];
}

const nullLike: ReadonlySet<string> = new Set([
  'NULL',
  'null',
  '\\N',
  'N/A',
  'n/a',
  'NA',
  'None',
  '(null)',
  '#N/A',
  '-',
]);
const extraMax = 30;

export function guessMapping(layout: TableLayout, encoding: string | null): GuessedMapping {
  const { columns, rows } = layout;
  const nullTexts = [...new Set(rows.flatMap((row) => Object.values(row)))].filter((text) =>
    nullLike.has(text),
  );
  const sample: Sample = (column) =>
    rows.map((row) => row[column] ?? '').filter((text) => text !== '' && !nullLike.has(text));
  const roles = findColumnRoles(columns, sample);
  const isGrouped = hasRowsOfOneOrder(rows, roles);
  const time = guessTime(roles, sample);
  const amount = guessAmount(roles, sample, isGrouped);
  const kind = guessKind(roles, amount !== null);
  const identity = guessIdentity(roles);
  const used = new Set<string>(Object.values(roles));
  const extras = columns.filter((column) => !used.has(column)).slice(0, extraMax);
  const properties = {
    ...kind.properties.fields,
    ...amount?.fields,
    ...placeFields(roles),
    ...(isGrouped && (roles.sku ?? roles.product) !== undefined
      ? { products: productsOf(roles, sample) }
      : {}),
    ...Object.fromEntries(extras.map((column) => [foldName(column), optionalText(column)])),
  };
  const mapping = {
    description: 'Guessed from the header and the first rows: look at each field.',
    format: { ...layout.format, ...(encoding === null ? {} : { encoding }) },
    ...(nullTexts.length === 0 ? {} : { nullTexts }),
    ...(isGrouped && roles.order !== undefined ? { group: { by: [roles.order] } } : {}),
    touchpoint: {
      ...kind.touchpoint,
      ...identity.fields,
      ...time.fields,
      ...(kind.touchpoint['type'] === 'identify' ? {} : { properties }),
    },
  };
  return {
    mapping,
    notes: [...kind.properties.notes, ...identity.notes, ...time.notes, ...(amount?.notes ?? [])],
  };
}

/** Neighbouring rows with the same order number are the lines of one order. */
function hasRowsOfOneOrder(rows: TableLayout['rows'], { order }: ColumnRoles): boolean {
  if (order === undefined) return false;
  return rows.some((row, index) => index > 0 && row[order] !== '' && row[order] === rows[index - 1]?.[order]);
}

function guessTime({ date, time }: ColumnRoles, sample: Sample): Part {
  if (date === undefined) {
    return {
      fields: {},
      notes: ['no column is a time: each touchpoint gets the time at which it is received'],
    };
  }
  const days = sample(date);
  const joined = time === undefined ? days : days.map((day, index) => `${day} ${sample(time)[index] ?? ''}`);
  const guessed = guessTimeFormat(joined);
  const text = time === undefined ? `{${date}}` : `{${date}} {${time}}`;
  if (guessed === null) {
    return {
      fields: { timestamp: { $time: text, format: 'yyyy-MM-dd HH:mm:ss', zone: 'UTC' } },
      notes: [`the format of ${date} (such as ${JSON.stringify(joined[0])}) is not known: correct it`],
    };
  }
  const { format, otherwise } = guessed;
  const notes = [
    ...(otherwise === null
      ? []
      : [`${date} is read as ${format.format}; ${otherwise} fits the sample as well`]),
    ...(format.zone === undefined
      ? []
      : [`times of ${date} are taken for UTC: name the zone, such as Europe/Berlin`]),
  ];
  return { fields: { timestamp: { $time: text, ...format } }, notes };
}

function guessAmount(roles: ColumnRoles, sample: Sample, isGrouped: boolean): Part | null {
  const { total, quantity, price, currency } = roles;
  const money =
    currency === undefined
      ? { fields: { currency: 'EUR' }, notes: ['no column is a currency: EUR is assumed'] }
      : { fields: { currency: `{${currency}}` }, notes: [] };
  if (total !== undefined) {
    const reading = guessNumberReading(sample(total)) ?? {};
    const revenue = isGrouped ? { $sum: total, ...reading } : { $column: total, as: 'number', ...reading };
    const notes = isGrouped ? [`${total} is summed over the rows of an order`] : [];
    return { fields: { revenue, ...money.fields }, notes: [...notes, ...money.notes] };
  }
  if (quantity === undefined || price === undefined) return null;
  const reading = guessNumberReading([...sample(quantity), ...sample(price)]) ?? {};
  const factors = [quantity, price];
  const revenue = isGrouped
    ? { $sum: factors, round: 2, ...reading }
    : { $product: factors, round: 2, ...reading };
  return {
    fields: { revenue, ...money.fields },
    notes: [`the amount is ${quantity} times ${price}`, ...money.notes],
  };
}

interface Kind {
  touchpoint: Fields;
  properties: Part;
}

function guessKind(roles: ColumnRoles, hasAmount: boolean): Kind {
  const { order, event, customer, email, date } = roles;
  if (order !== undefined) {
    return {
      touchpoint: { type: 'track', event: 'Order Completed', id: `order-{${order}}` },
      properties: {
        fields: { order_id: `{${order}}` },
        notes: [`${order} is taken for the number of an order`],
      },
    };
  }
  const byRow =
    'ids are the numbers of the rows: a row that is put between others later renames all behind it';
  if (event !== undefined) {
    return {
      touchpoint: { type: 'track', event: `{${event}}`, id: 'row-{@row}' },
      properties: { fields: {}, notes: [byRow] },
    };
  }
  const person = customer ?? email;
  if (!hasAmount && date === undefined && person !== undefined) {
    return {
      touchpoint: { type: 'identify', id: `customer-{${person}}` },
      properties: { fields: {}, notes: ['each row is taken for a customer'] },
    };
  }
  return {
    touchpoint: { type: 'track', event: hasAmount ? 'Order Completed' : 'Row Imported', id: 'row-{@row}' },
    properties: {
      fields: hasAmount ? { order_id: 'row-{@row}' } : {},
      notes: [
        byRow,
        hasAmount ? 'each row is taken for an order' : 'name the event: "Row Imported" stands for it',
      ],
    },
  };
}

function guessIdentity({ customer, email, phone, loyalty }: ColumnRoles): Part {
  const traits = {
    ...(email === undefined ? {} : { email: optionalText(email) }),
    ...(phone === undefined ? {} : { phone: optionalText(phone) }),
    ...(loyalty === undefined ? {} : { loyalty_id: optionalText(loyalty) }),
  };
  const fields = {
    ...(customer === undefined ? {} : { userId: optionalText(customer) }),
    ...(Object.keys(traits).length === 0 ? {} : { context: { traits } }),
  };
  if (Object.keys(fields).length > 0) return { fields, notes: [] };
  return {
    fields,
    notes: ['no column names a customer: give userId, or a card or e-mail address in context.traits'],
  };
}

function placeFields({ store, sku, product }: ColumnRoles): Fields {
  return {
    ...(store === undefined ? {} : { store: optionalText(store) }),
    ...(sku === undefined ? {} : { product_id: optionalText(sku) }),
    ...(product === undefined ? {} : { product: optionalText(product) }),
  };
}

function productsOf({ sku, product, quantity, price }: ColumnRoles, sample: Sample): Fields {
  const numberOf = (column: string): Fields => ({
    $column: column,
    as: 'number',
    optional: true,
    ...guessNumberReading(sample(column)),
  });
  return {
    $each: {
      ...(sku === undefined ? {} : { product_id: optionalText(sku) }),
      ...(product === undefined ? {} : { name: optionalText(product) }),
      ...(quantity === undefined ? {} : { quantity: numberOf(quantity) }),
      ...(price === undefined ? {} : { price: numberOf(price) }),
    },
  };
}

function optionalText(column: string): Fields {
  return { $column: column, optional: true };
}
