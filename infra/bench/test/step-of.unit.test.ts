import { describe, expect, test } from 'vitest';
import { stepOfStatement, stepOfTable } from '../src/explain/step-of.ts';

describe('the step of a statement', () => {
  test('is that of the table it writes, whatever it reads for it', () => {
    expect(
      stepOfStatement(
        `insert into identity.touchpoint (key) select key from identity.identifier join metrics.fact`,
      ),
    ).toBe('touchpoint');
    expect(stepOfStatement('update "identity"."identifier" i set parent = $1')).toBe('identifiers');
    expect(stepOfStatement('with head as (update event_log.partition_head set n = 1) select 1')).toBe(
      'append',
    );
  });

  test('is that of the first table it reads when it writes none', () => {
    expect(stepOfStatement('select key,\n  body_hash\nfrom identity.touchpoint where key = any($1)')).toBe(
      'dedupe',
    );
    expect(stepOfStatement('select payload from event_log.batch where topic = $1')).toBe('read log');
  });

  test('is folding for what takes deltas away, and deltas for what adds them', () => {
    expect(
      stepOfStatement(
        'with taken as ( delete from metrics.delta returning id ) insert into metrics.figure_day select 1',
      ),
    ).toBe('folding');
    expect(stepOfStatement('insert into metrics.delta (series) select $1')).toBe('deltas');
    expect(stepOfStatement('delete from event_log.batch where topic = $1')).toBe('append');
  });

  test('is the relay for what takes batches out of the outbox', () => {
    expect(stepOfStatement('select payload from identity.outbox where shard = $1')).toBe('relay');
    expect(stepOfStatement('insert into identity.outbox (shard) values ($1)')).toBe('outbox');
  });

  test('is the table itself when no step names it', () => {
    expect(stepOfStatement('insert into metrics.brand_new values ($1)')).toBe('metrics.brand_new');
    expect(stepOfStatement('delete from metrics.brand_new where id = $1')).toBe('metrics.brand_new');
  });

  test('is none for what has no table of a service', () => {
    expect(stepOfStatement('begin isolation level read committed')).toBe('begin, commit');
    expect(stepOfStatement('select pg_notify($1, $2)')).toBe('no table');
  });
});

test('a table belongs to the step that writes it', () => {
  expect(stepOfTable('metrics.delta')).toBe('deltas');
  expect(stepOfTable('identity.outbox')).toBe('outbox');
  expect(stepOfTable('event_log.batch_20261126')).toBe('append');
  expect(stepOfTable('metrics.brand_new')).toBe('metrics.brand_new');
});
