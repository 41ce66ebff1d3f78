/**
 * A transaction of an ARTS POSLog as a receipt. Versions 2 and 6 differ in where they say store and register; both are read.
 * What is taken back stands there in positive figures inside a `Return`, and is negative in a receipt.
 * @see https://www.omg.org/retail-depository/arts-odm-73/ (POSLog, formerly by NRF)
 */
import type { JsonObject } from '../json-value.ts';
import type { MappedItem } from '../protocols/mapped-item.ts';
import { exactMinorUnits } from './exact-minor-units.ts';
import { attributeOf, childAt, childrenOf, textAt, type XmlElement } from './xml-element.ts';

/** ISO 4217's code where there is no currency: what the till records beside sales has no amounts. */
const noCurrency = 'XXX';

export function mapPoslog(transaction: JsonObject): MappedItem {
  const retail = childAt(transaction, 'RetailTransaction');
  const stated = currencyOf(transaction, retail);
  const currency = stated ?? noCurrency;
  const place = placeOf(transaction);
  const head = {
    ...place,
    time: timeOf(transaction),
    operator: textAt(transaction, 'OperatorID'),
    training: isTrue(attributeOf(transaction, 'TrainingModeFlag')),
    extra: extraOf(transaction),
  };
  if (retail === undefined) return { ok: true, item: { ...head, currency, kind: 'control' } };
  const items = linesOf(retail, currency);
  const kind = kindOf(transaction, retail, items);
  const reference = referenceOf(retail, items);
  const tax = taxOf(retail, items, currency);
  const total = totalOf(
    retail,
    items.map(({ line }) => line),
    currency,
  );
  const lines = linesOfTotal(items, total, tax);
  return {
    ok: true,
    item: {
      ...head,
      // Left out where the document has none: amounts without a currency are refused, not guessed.
      currency: stated,
      kind,
      lines,
      tax,
      total,
      pricesIncludeTax: !isTaxBeside(lines, tax, total),
      tenders: kind === 'cancellation' ? undefined : tendersOf(retail, currency),
      customer: customerOf(retail),
      ...(reference === undefined ? {} : kind === 'void' ? { voidOf: reference } : { refundOf: reference }),
    },
  };
}

interface PoslogLine {
  isReturn: boolean;
  line: JsonObject & { total: number | undefined; tax: number | undefined };
  /** What was taken off, if the line's total is before it: only the total of all shows that. */
  off: number;
  link: XmlElement | undefined;
}

function placeOf(transaction: unknown): JsonObject {
  const sequence = textAt(transaction, 'SequenceNumber');
  return {
    store: textAt(transaction, 'RetailStoreID') ?? textAt(transaction, 'BusinessUnit', 'UnitID'),
    register: textAt(transaction, 'WorkstationID'),
    businessDay: textAt(transaction, 'BusinessDayDate')?.slice(0, 10),
    sequence: sequence !== undefined && /^\d{1,15}$/.test(sequence) ? Number(sequence) : sequence,
  };
}

/** Of the transaction, else that of the first amount that names one. */
function currencyOf(transaction: unknown, retail: unknown): string | undefined {
  const items = childrenOf(retail, 'LineItem');
  const amounts = [
    ...childrenOf(retail, 'Total'),
    ...items.map((item) => childAt(item, 'Tender', 'Amount')),
    ...items.map((item) => childAt(childAt(item, 'Return') ?? childAt(item, 'Sale'), 'ExtendedAmount')),
  ];
  const named = amounts.map(
    (amount) => attributeOf(amount, 'Currency') ?? attributeOf(amount, 'CurrencyCode'),
  );
  return textAt(transaction, 'CurrencyCode') ?? named.find((code) => code !== undefined);
}

/** Some tills write the offset from UTC beside a time without a zone. */
function timeOf(transaction: unknown): string | undefined {
  const element = ['EndDateTime', 'BeginDateTime']
    .map((name) => childAt(transaction, name))
    .find((found) => textAt(found) !== undefined);
  const time = textAt(element);
  const [, sign = '+', offset] =
    /^([+-]?)(\d\d:\d\d)(?::00)?$/.exec(attributeOf(element, 'Offset') ?? '') ?? [];
  const isBare = time !== undefined && !/(?:Z|[+-]\d\d:?\d\d)$/i.test(time);
  return isBare && offset !== undefined ? `${time}${sign === '-' ? '-' : '+'}${offset}` : time;
}

function kindOf(transaction: unknown, retail: unknown, items: readonly PoslogLine[]): string {
  const status = attributeOf(retail, 'TransactionStatus') ?? '';
  const link = childAt(retail, 'TransactionLink');
  const reason = attributeOf(link, 'ReasonCode') ?? attributeOf(link, 'TypeCode') ?? '';
  if (isTrue(attributeOf(transaction, 'CancelFlag')) || /^(cancel|suspend)/i.test(status))
    return 'cancellation';
  if (/void/i.test(reason) || /void/i.test(status)) return 'void';
  return items.length > 0 && items.every(({ isReturn }) => isReturn) ? 'refund' : 'sale';
}

function linesOf(retail: unknown, currency: string): PoslogLine[] {
  return childrenOf(retail, 'LineItem').flatMap((item) => {
    if (isTrue(attributeOf(item, 'VoidFlag')) || isTrue(attributeOf(item, 'CancelFlag'))) return [];
    const returned = childAt(item, 'Return');
    const sold = returned ?? childAt(item, 'Sale');
    if (sold === undefined) return [];
    const sign = returned === undefined ? 1 : -1;
    const link = childAt(sold, 'TransactionLink');
    return [{ isReturn: sign === -1, ...lineOf(sold, currency, sign), link }];
  });
}

function lineOf(sold: XmlElement, currency: string, sign: 1 | -1): Pick<PoslogLine, 'line' | 'off'> {
  const amount = (value: string | undefined): number | undefined => {
    const units = exactMinorUnits(value, currency);
    return units === undefined ? undefined : withSign(units, sign);
  };
  const price = textAt(sold, 'ActualSalesUnitPrice') ?? textAt(sold, 'RegularSalesUnitPrice');
  const discounts = childrenOf(sold, 'RetailPriceModifier').flatMap((modifier) => {
    const off = amount(textAt(modifier, 'Amount'));
    const isAdded = attributeOf(childAt(modifier, 'Amount'), 'Action')?.toLowerCase() === 'add';
    return off === undefined ? [] : [{ amount: isAdded ? -off : off }];
  });
  const total = amount(textAt(sold, 'ExtendedAmount'));
  const quantity = Number(textAt(sold, 'Quantity') ?? 1);
  const ofModifiers = discounts.reduce((sum, { amount: off }) => sum + off, 0);
  return {
    off: total === undefined ? 0 : (amount(textAt(sold, 'ExtendedDiscountAmount')) ?? ofModifiers),
    line: {
      sku: textAt(sold, 'ItemID') ?? textAt(sold, 'POSIdentity', 'POSItemID'),
      name: textAt(sold, 'Description'),
      quantity: withSign(quantity, sign),
      tax: taxOfLine(sold, amount),
      cost: undefined,
      total: total ?? totalOfPrice(exactMinorUnits(price, currency), quantity, sign, discounts),
      ...(total === undefined ? { discounts } : {}),
    },
  };
}

/** A line has a tax for each authority; the sum of some of them would look like all. */
function taxOfLine(
  sold: XmlElement,
  amount: (value: string | undefined) => number | undefined,
): number | undefined {
  const taxes = childrenOf(sold, 'Tax').map((tax) => amount(textAt(tax, 'Amount')));
  if (taxes.length === 0 || taxes.includes(undefined)) return undefined;
  return taxes.reduce<number>((sum, tax) => sum + (tax ?? 0), 0);
}

/**
 * Tills differ in whether a line's amount is before or after what was taken off. After it, unless only the amounts before it,
 * less what was taken off, make the till's total.
 */
function linesOfTotal(
  items: readonly PoslogLine[],
  total: number | undefined,
  tax: number | undefined,
): PoslogLine['line'][] {
  const after = items.map(({ line }) => line);
  const before = items.map(({ line, off }) =>
    line.total === undefined ? line : { ...line, total: line.total - off },
  );
  const makesTotal = (lines: readonly PoslogLine['line'][]): boolean =>
    total === sumOf(lines) || isTaxBeside(lines, tax, total);
  return !makesTotal(after) && makesTotal(before) ? before : after;
}

function sumOf(lines: readonly PoslogLine['line'][]): number {
  return lines.reduce((whole, line) => whole + (line.total ?? 0), 0);
}

/** Only where the line does not say its total: a till's own total stands, whatever it did to its prices. */
function totalOfPrice(
  price: number | undefined,
  quantity: number,
  sign: 1 | -1,
  discounts: readonly { amount: number }[],
): number | undefined {
  if (price === undefined || !Number.isInteger(quantity)) return undefined;
  return sign * price * quantity - discounts.reduce((sum, { amount }) => sum + amount, 0);
}

function taxOf(retail: unknown, items: readonly PoslogLine[], currency: string): number | undefined {
  const own = childrenOf(retail, 'LineItem').flatMap((item) =>
    childrenOf(item, 'Tax').map((tax) => exactMinorUnits(textAt(tax, 'Amount'), currency)),
  );
  if (own.length === 0) return undefined;
  const sum = own.reduce<number>((whole, amount) => whole + (amount ?? 0), 0);
  const goesBack = items.length > 0 && items.every(({ isReturn }) => isReturn);
  return goesBack ? -Math.abs(sum) : sum;
}

/** Some tills write what goes back as a positive total, so the sign is that of the lines. */
function totalOf(
  retail: unknown,
  lines: readonly PoslogLine['line'][],
  currency: string,
): number | undefined {
  const totals = childrenOf(retail, 'Total');
  const ofType = (type: RegExp) => totals.find((total) => type.test(attributeOf(total, 'TotalType') ?? ''));
  // Some tills add grand totals of the register since it was set up.
  const grand = ofType(/^TransactionGrandAmount$/i) ?? ofType(/Grand(Amount|Total)?$/i);
  const text = textAt(grand ?? totals.at(0));
  const total = exactMinorUnits(text, currency);
  if (total === undefined) return undefined;
  return sumOf(lines) < 0 ? -Math.abs(total) : total;
}

function isTaxBeside(
  lines: readonly PoslogLine['line'][],
  tax: number | undefined,
  total: number | undefined,
): boolean {
  const sum = sumOf(lines);
  const ofLines = lines.reduce((whole, line) => whole + (line.tax ?? 0), 0);
  return total !== undefined && total !== sum && total === sum + (tax ?? ofLines);
}

function tendersOf(retail: unknown, currency: string): JsonObject[] | undefined {
  const tenders = childrenOf(retail, 'LineItem').flatMap((item) =>
    isTrue(attributeOf(item, 'VoidFlag')) ? [] : childrenOf(item, 'Tender'),
  );
  if (tenders.length === 0) return undefined;
  return tenders.flatMap((tender) => {
    const type = attributeOf(tender, 'TenderType') ?? 'unknown';
    const isRefund = /^(refund|change)/i.test(attributeOf(tender, 'TypeCode') ?? '');
    const amount = exactMinorUnits(textAt(tender, 'Amount'), currency);
    const change = exactMinorUnits(textAt(tender, 'TenderChange', 'Amount'), currency);
    return [
      { type, amount: isRefund && amount !== undefined ? -Math.abs(amount) : amount },
      ...(change === undefined ? [] : [{ type: 'change', amount: -Math.abs(change) }]),
    ];
  });
}

function customerOf(retail: unknown): JsonObject | undefined {
  const customer = childAt(retail, 'Customer');
  const loyalty =
    childAt(retail, 'LoyaltyAccount') ??
    childrenOf(retail, 'LineItem')
      .map((item) => childAt(item, 'LoyaltyReward'))
      .find((reward) => reward !== undefined);
  const found = {
    userId: textAt(customer, 'CustomerID'),
    loyaltyId:
      textAt(loyalty, 'LoyaltyAccountID') ?? textAt(loyalty, 'LoyaltyID') ?? textAt(loyalty, 'CustomerID'),
    email: textAt(customer, 'eMail', 'EMailAddress') ?? textAt(customer, 'EMail'),
    phone: textAt(customer, 'TelephoneNumber') ?? textAt(customer, 'Telephone', 'FullTelephoneNumber'),
  };
  return Object.values(found).some((value) => value !== undefined) ? found : undefined;
}

/** The receipt that is taken back: of the transaction, else the first that a returned line names. */
function referenceOf(retail: unknown, items: readonly PoslogLine[]): JsonObject | undefined {
  const link = childAt(retail, 'TransactionLink') ?? items.find((item) => item.link !== undefined)?.link;
  if (link === undefined) return undefined;
  return placeOf(link);
}

function extraOf(transaction: unknown): JsonObject | undefined {
  const till = textAt(transaction, 'TillID');
  const isOffline = isTrue(attributeOf(transaction, 'OfflineFlag'));
  if (till === undefined && !isOffline) return undefined;
  return { ...(till === undefined ? {} : { till }), ...(isOffline ? { offline: true } : {}) };
}

function withSign(value: number, sign: 1 | -1): number {
  return value === 0 ? 0 : value * sign;
}

function isTrue(flag: string | undefined): boolean {
  return flag === 'true' || flag === '1';
}
