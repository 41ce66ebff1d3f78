import { createTestDatabase } from '@throughline/testkit';
import { describeEventLog } from '../contract.ts';
import { openPool } from '../open-log.ts';

describeEventLog('the event log on Postgres', async () => {
  const database = await createTestDatabase();
  const { connectionString } = database;
  return {
    configuration: { adapter: 'postgres', connectionString },
    async dropBelow(topic, partition, offset) {
      const pool = openPool(connectionString);
      await pool.query(
        'delete from event_log.batch where topic = $1 and partition = $2 and last_offset < $3',
        [topic, partition, offset],
      );
      await pool.query(
        'update event_log.partition_head set begin_offset = $3 where topic = $1 and partition = $2',
        [topic, partition, offset],
      );
      await pool.end();
    },
    close: () => database.drop(),
  };
});
