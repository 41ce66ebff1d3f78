import { describe, expect, test } from 'vitest';
import { KafkaProblems } from '../../src/kafka/kafka-problems.ts';

function createProblems() {
  const kinds: unknown[] = [];
  const write = (fields: Record<string, unknown>): void => void kinds.push(fields['kind']);
  return { kinds, problems: new KafkaProblems({ info: write, warn: write, error: write }) };
}

describe('KafkaProblems', () => {
  test('logs what a client says of itself once, and of clients that answer callers only which right is missing', () => {
    const { kinds, problems } = createProblems();
    problems.askedClientSaid(
      'Connection',
      'Response Metadata: This server does not host this topic-partition',
    );
    problems.askedClientSaid('Connection', 'Connection error: connect ECONNREFUSED 127.0.0.1:1');
    expect(kinds).toEqual([]);
    problems.askedClientSaid('Connection', 'Response OffsetFetch: Not authorized to access group: Group x');
    problems.clientSaid('Connection', 'Connection error: connect ECONNREFUSED 127.0.0.1:1');
    problems.clientSaid('Connection', 'Connection error: connect ECONNREFUSED 127.0.0.1:2');
    expect(kinds).toEqual(['group_not_authorized', 'unreachable']);
  });
});
