/** The three services, and a way to give one of them what it cannot use. */
import { createPostgresEventLog } from '@throughline/event-log';
import { createPool, silentLog } from '@throughline/postgres';
import {
  type StartedServices,
  startServices as startThem,
  type StartServicesOptions,
} from '@throughline/testkit';

export interface Services extends StartedServices {
  /** Puts a record into the log that its consumer cannot use. */
  appendUnreadable(topic: string): Promise<void>;
}

export async function startServices(options: StartServicesOptions): Promise<Services> {
  const services = await startThem(options);
  const pool = createPool({
    connectionString: services.connectionString,
    applicationName: 'test',
    onError: () => {},
  });
  const log = createPostgresEventLog({ pool, instanceId: 'test', logger: silentLog });
  return {
    ...services,
    appendUnreadable: (topic) => log.append([{ topic, key: 'k', value: 'unreadable' }]),
    async stop() {
      await log.close();
      await pool.end();
      await services.stop();
    },
  };
}
