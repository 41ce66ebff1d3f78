/** A week of four registers in two zones, from a seed: what they sold, what they uploaded in which order, and their own totals. */
import type { Random } from './seeded-random.ts';

export interface TillReceipt {
  store: string;
  register: string;
  businessDay: string;
  sequence: number;
  [field: string]: unknown;
}

export interface TillWeek {
  /**
   * In the order of the uploads; some receipts are in several of them. The first takes back a receipt that comes later; the last
   * is the day of a register that was offline.
   */
  uploads: TillReceipt[][];
  /** By register: net of refunds, one of them in the week after, without voided, training and cancelled receipts; minor units. */
  totals: Record<string, number>;
  /** By register and day: numbers that were made and never uploaded. */
  lost: Record<string, number[]>;
  /** Register times that are hours off, as instants by key. */
  trueTimes: Map<string, string>;
}

interface Register {
  store: string;
  register: string;
  zone: string;
  /** Minutes east of UTC in the week. */
  offset: number;
  currency: string;
  /** Of its clock, in minutes. */
  skewMinutes: number;
}

const registers: readonly Register[] = [
  { store: 'Berlin', register: '1', zone: 'Europe/Berlin', offset: 60, currency: 'EUR', skewMinutes: 0 },
  { store: 'Berlin', register: '2', zone: 'Europe/Berlin', offset: 60, currency: 'EUR', skewMinutes: 180 },
  { store: 'Tokyo', register: '1', zone: 'Asia/Tokyo', offset: 540, currency: 'JPY', skewMinutes: 0 },
  { store: 'Tokyo', register: '2', zone: 'Asia/Tokyo', offset: 540, currency: 'JPY', skewMinutes: 0 },
];
const days = [
  '2026-03-02',
  '2026-03-03',
  '2026-03-04',
  '2026-03-05',
  '2026-03-06',
  '2026-03-07',
  '2026-03-08',
];
/** Of the week after, on which each register takes one sale back. */
const nextWeek = '2026-03-11';
const offline = { key: 'Tokyo:2', day: '2026-03-04' };
/** Each register takes back a sale of this day at this number. */
const voiding = { day: '2026-03-06', sequence: 6 };
const minuteMs = 60_000;

export const tillZones = {
  stores: { Berlin: { timeZone: 'Europe/Berlin' }, Tokyo: { timeZone: 'Asia/Tokyo' } },
};

export const receiptKeyOf = ({ store, register, businessDay, sequence }: TillReceipt): string =>
  `${store}:${register}:${businessDay}:${sequence}`;

/** @param receivedAtMs when the uploads arrive, by which a register states how far its clock is off */
export function generateTillWeek(random: Random, receivedAtMs: number): TillWeek {
  const week: TillWeek = { uploads: [], totals: {}, lost: {}, trueTimes: new Map() };
  const held: TillReceipt[] = [];
  const voids: TillReceipt[] = [];
  for (const till of registers) {
    const name = `${till.store}:${till.register}`;
    const sales: { receipt: TillReceipt; total: number }[] = [];
    week.totals[name] = 0;
    for (const [dayIndex, day] of days.entries()) {
      const made: TillReceipt[] = [];
      const count = 10 + random.below(10);
      for (let sequence = 1; sequence <= count; sequence++) {
        const receipt = receiptAt(till, { day, sequence, minute: sequence * 20, receivedAtMs });
        made.push(receipt);
        week.trueTimes.set(receiptKeyOf(receipt), trueTime(till, day, sequence * 20));
        const chance = random.below(100);
        const ofDay = sales.findLastIndex(({ receipt: { businessDay } }) => businessDay === day);
        const isVoiding = day === voiding.day && sequence === voiding.sequence && ofDay >= 0;
        if (sequence === 4 && dayIndex % 2 === 0) receipt['training'] = true;
        else if (chance < 6 && !isVoiding)
          Object.assign(receipt, { kind: 'cancellation', lines: [{ unitPrice: 100 }] });
        else if (isVoiding || (chance < 12 && dayIndex > 0 && sales.length > 0)) {
          const taken = isVoiding ? ofDay : random.below(sales.length);
          const [{ receipt: sold, total }] = sales.splice(taken, 1) as [(typeof sales)[0]];
          week.totals[name] -= total;
          const reference = { businessDay: sold.businessDay, sequence: sold.sequence };
          const isVoid = sold.businessDay === day;
          if (isVoid) voids.push(receipt);
          Object.assign(
            receipt,
            isVoid
              ? { kind: 'void', voidOf: reference }
              : { kind: 'refund', refundOf: reference, total: total === 0 ? 0 : -total },
          );
        } else {
          const total = sell(receipt, random);
          week.totals[name] += total;
          sales.push({ receipt, total });
        }
      }
      // A number that was given and never uploaded, neither the first nor the last of its day.
      const index = made.findLastIndex((one, at) => at < made.length - 1 && one['kind'] !== 'void');
      const [gap] = made.splice(index, 1) as [TillReceipt];
      undoLost(week, name, gap, sales);
      week.lost[`${name}:${day}`] = [gap.sequence];
      if (name === offline.key && day === offline.day) held.push(...made);
      else week.uploads.push(made);
    }
    refundNextWeek(week, till, sales, receivedAtMs);
  }
  const [early, ...later] = voids.map((one) => [one]);
  const uploads = [...week.uploads, ...later];
  const twice = uploads.filter(() => random.chance(0.3));
  const shuffled = random.shuffled([...uploads, ...twice].map((upload) => random.shuffled(upload)));
  week.uploads = [...(early === undefined ? [] : [early]), ...shuffled, held];
  return week;
}

function refundNextWeek(
  week: TillWeek,
  till: Register,
  sales: { receipt: TillReceipt; total: number }[],
  receivedAtMs: number,
): void {
  const [sale] = sales;
  if (sale === undefined) return;
  const receipt = receiptAt(till, { day: nextWeek, sequence: 1, minute: 20, receivedAtMs });
  const { businessDay, sequence } = sale.receipt;
  const total = sale.total === 0 ? 0 : -sale.total;
  Object.assign(receipt, { kind: 'refund', refundOf: { businessDay, sequence }, total });
  const name = `${till.store}:${till.register}`;
  week.totals[name] = (week.totals[name] ?? 0) + total;
  week.trueTimes.set(receiptKeyOf(receipt), trueTime(till, nextWeek, 20));
  week.uploads.push([receipt]);
}

/** What was lost counts nowhere: neither its amount, nor what it took back. */
function undoLost(
  week: TillWeek,
  name: string,
  gap: TillReceipt,
  sales: { receipt: TillReceipt; total: number }[],
): void {
  const index = sales.findIndex(({ receipt }) => receipt === gap);
  if (index >= 0) week.totals[name] = (week.totals[name] ?? 0) - (sales.splice(index, 1)[0]?.total ?? 0);
  const refunded = gap['total'];
  if (gap['kind'] === 'refund') week.totals[name] = (week.totals[name] ?? 0) - (refunded as number);
}

function receiptAt(
  till: Register,
  {
    day,
    sequence,
    minute,
    receivedAtMs,
  }: { day: string; sequence: number; minute: number; receivedAtMs: number },
): TillReceipt {
  const wall = Date.parse(`${day}T09:00:00Z`) + (minute + till.skewMinutes) * minuteMs;
  const shown = receivedAtMs + (till.offset + till.skewMinutes) * minuteMs;
  const local = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
  return {
    store: till.store,
    register: till.register,
    businessDay: day,
    sequence,
    time: local(wall),
    registerTime: local(shown),
    currency: till.currency,
    operator: `op-${sequence % 3}`,
  };
}

function trueTime(till: Register, day: string, minute: number): string {
  return new Date(Date.parse(`${day}T09:00:00Z`) + (minute - till.offset) * minuteMs).toISOString();
}

function sell(receipt: TillReceipt, random: Random): number {
  const lines = Array.from({ length: 1 + random.below(4) }, (_value, index) => {
    const unitPrice = 50 + random.below(5_000);
    const quantity = 1 + random.below(3);
    const discount = random.chance(0.2) ? Math.floor(unitPrice / 10) : 0;
    return {
      sku: `sku-${index}`,
      quantity,
      unitPrice,
      discounts: discount === 0 ? [] : [{ amount: discount }],
    };
  });
  const total = lines.reduce(
    (sum, { quantity, unitPrice, discounts }) => sum + quantity * unitPrice - (discounts[0]?.amount ?? 0),
    0,
  );
  Object.assign(receipt, {
    lines,
    total,
    tenders: [{ type: 'card', amount: total }],
    ...(random.chance(0.3) ? { customer: { loyaltyId: `card-${random.below(20)}` } } : {}),
  });
  return total;
}
