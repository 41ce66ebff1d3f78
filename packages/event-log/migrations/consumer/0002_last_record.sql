-- What the record before next_offset was, so that a log which holds another there is told from the one that was consumed.
-- Null where nothing was consumed since this column is there.
alter table {{schema}}.consumer_offset add column last_record text;
