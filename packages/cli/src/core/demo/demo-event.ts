/** What happens in the demo's shop, before it has the ids and numbers under which it is sent. */
import type { Article } from './demo-catalog.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A call of the website (with the public key) or of the shop's back end (with the server key), without id and time. */
export interface CallEvent {
  sender: 'website' | 'backEnd';
  atMs: number;
  item: Fields;
}

/** A receipt without its number: registers number in the order of time. */
export interface ReceiptEvent {
  sender: 'till';
  atMs: number;
  receipt: DemoReceipt;
}

export interface DemoReceipt {
  /** Names the receipt within the demo, so that a refund can refer to it. */
  key: string;
  kind: 'sale' | 'refund' | 'void';
  store: string;
  register: string;
  lines: readonly BasketLine[];
  customer: Fields | null;
  /** Of a refund or a void. */
  amends: string | null;
}

export interface BasketLine {
  article: Article;
  quantity: number;
}

export type DemoEvent = CallEvent | ReceiptEvent;

export type DemoSender = DemoEvent['sender'];

/** As it is sent. */
export interface DemoItem {
  sender: DemoSender;
  id: string;
  atMs: number;
  item: Readonly<Record<string, unknown>>;
}

export const dayMs = 86_400_000;

export function basketTotal(lines: readonly BasketLine[]): number {
  return lines.reduce((sum, { article, quantity }) => sum + article.price * quantity, 0);
}

/** Cents as the major units that the web's events carry. */
export function majorUnits(cents: number): number {
  return Number((cents / 100).toFixed(2));
}
