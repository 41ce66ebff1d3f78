/** The SQL directory of a consumer's own tables, for `runMigrations` beside the service's own. */
import { join } from 'node:path';

export const consumerMigrations = join(import.meta.dirname, '..', '..', 'migrations', 'consumer');
