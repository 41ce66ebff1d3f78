/** How transactions of the loop are traced. What records them is the service's; without it the contexts are passed on as they are. */

/** Of one transaction. */
export interface TransactionTrace {
  /** The context of a record that is sent because of one with this context. */
  follow(traceparent: string | undefined): string | undefined;
  commit(): void;
  fail(error: unknown): void;
}

export interface RecordTracing {
  begin(transaction: {
    group: string;
    topic: string;
    /** Of each record; undefined for one that belongs to no trace. */
    traceparents: readonly (string | undefined)[];
  }): TransactionTrace;
}

export const untraced: TransactionTrace = {
  follow: (traceparent) => traceparent,
  commit() {},
  fail() {},
};
