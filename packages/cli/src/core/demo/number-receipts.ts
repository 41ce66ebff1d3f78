/** Receipts as tills send them: each register numbers its business day in the order of time. */
import {
  basketTotal,
  type BasketLine,
  type DemoItem,
  type DemoReceipt,
  type ReceiptEvent,
} from './demo-event.ts';

interface Identified {
  id: string;
  event: ReceiptEvent;
}

interface Numbered extends Identified {
  businessDay: string;
  sequence: number;
}

/** A number that registers skip on some days: `GET /v1/pos/gaps` has one to show. */
const skippedSequence = 4;
const skippedWeekday = 6;

export function numberReceipts(receipts: readonly Identified[]): DemoItem[] {
  const byRegister = Map.groupBy(
    receipts.toSorted((one, other) => one.event.atMs - other.event.atMs),
    ({ event: { receipt, atMs } }) => `${receipt.store}/${receipt.register}/${dayOf(atMs)}`,
  );
  const numbered = [...byRegister.values()].flatMap((ofDay) =>
    ofDay.map(({ id, event }, index): Numbered => {
      const isSkipped = index + 1 >= skippedSequence && new Date(event.atMs).getUTCDay() === skippedWeekday;
      const sequence = index + (isSkipped ? 2 : 1);
      return { id, event, businessDay: dayOf(event.atMs), sequence };
    }),
  );
  const byKey = new Map(numbered.map((each) => [each.event.receipt.key, each]));
  return numbered.map((each) => receiptItem(each, byKey));
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function receiptItem(numbered: Numbered, byKey: ReadonlyMap<string, Numbered>): DemoItem {
  const { id, event, businessDay, sequence } = numbered;
  const { receipt, atMs } = event;
  const sign = receipt.kind === 'refund' ? -1 : 1;
  const total = sign * basketTotal(receipt.lines);
  const item = {
    id,
    kind: receipt.kind,
    store: receipt.store,
    register: receipt.register,
    businessDay,
    sequence,
    time: new Date(atMs).toISOString(),
    currency: 'EUR',
    lines: receipt.lines.map((line) => lineItem(line, sign)),
    total,
    tenders: [{ type: 'card', amount: total }],
    ...(receipt.customer === null ? {} : { customer: receipt.customer }),
    ...reference(receipt, byKey),
  };
  return { sender: 'till', id, atMs, item };
}

function lineItem({ article, quantity }: BasketLine, sign: number): Readonly<Record<string, unknown>> {
  return {
    sku: article.sku,
    name: article.name,
    category: article.category,
    quantity: sign * quantity,
    unitPrice: article.price,
    cost: sign * quantity * article.cost,
  };
}

function reference(
  { kind, amends }: DemoReceipt,
  byKey: ReadonlyMap<string, Numbered>,
): Readonly<Record<string, unknown>> {
  const amended = amends === null ? undefined : byKey.get(amends);
  if (amended === undefined) return {};
  return { [kind === 'void' ? 'voidOf' : 'refundOf']: { id: amended.id } };
}
