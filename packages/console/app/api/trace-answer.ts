/** What became of a touchpoint, as identity answers it. */

interface TracedRejection {
  rejectionId: string;
  source: string;
  receivedAt: string;
  code: string;
  field: string;
  message: string;
}

interface TracedDeadLetter {
  id: number;
  source: string;
  state: string;
  code: string;
  message: string;
  savedAt: string;
}

export type Trace =
  | {
      state: 'accepted';
      id: string;
      source: string;
      key: string;
      receivedAt: string;
      requestId: string;
      belongsTo: { identifier: { id: string; type: string; value: string }; profile: string };
      warnings: readonly { code: string; identifier: { id: string; type: string } }[];
      duplicates: { copies: number };
      conflicts: readonly { rejectionId: string }[];
      rejections: readonly TracedRejection[];
      deadLetters: readonly TracedDeadLetter[];
    }
  | {
      state: 'rejected';
      id: string;
      rejections: readonly TracedRejection[];
      deadLetters: readonly TracedDeadLetter[];
    }
  | { state: 'dead_letter'; id: string; deadLetters: readonly TracedDeadLetter[] };
