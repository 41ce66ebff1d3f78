/** The `.env` of a compose deployment: every secret that docker-compose.yml asks for, from chance. */
import { randomBytes } from 'node:crypto';
import { keyPrefixes } from '@throughline/contracts';

interface Section {
  about: string;
  variables: Readonly<Record<string, () => string>>;
}

const secretBytes = 32;

/** Of base64url, so that it stands in a URL and in a `.env` without quotes. */
const randomSecret = (prefix: string) => (): string =>
  prefix + randomBytes(secretBytes).toString('base64url');

const sections: readonly Section[] = [
  {
    about: 'Keys of the APIs: write is public (browsers), server for back ends and tills, read for queries.',
    variables: {
      THROUGHLINE_WRITE_KEY: randomSecret(keyPrefixes.write),
      THROUGHLINE_SERVER_KEY: randomSecret(keyPrefixes.server),
      THROUGHLINE_READ_KEY: randomSecret(keyPrefixes.read),
      THROUGHLINE_ADMIN_KEY: randomSecret(keyPrefixes.admin),
    },
  },
  {
    about: 'Every id depends on it. Never change it while the data lives, and back it up with the data.',
    variables: { THROUGHLINE_IDENTITY_SECRET: randomSecret('') },
  },
  {
    about: 'Of the database: the superuser, and one role a service.',
    variables: {
      POSTGRES_PASSWORD: randomSecret(''),
      THROUGHLINE_INGEST_DATABASE_PASSWORD: randomSecret(''),
      THROUGHLINE_IDENTITY_DATABASE_PASSWORD: randomSecret(''),
      THROUGHLINE_METRICS_DATABASE_PASSWORD: randomSecret(''),
    },
  },
  {
    about: 'Given to the Kafka cluster when its volume is new.',
    variables: { KAFKA_CLUSTER_ID: randomClusterId },
  },
];

/** 16 bytes as Kafka writes them; a leading dash would look like an option to its tools. */
function randomClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

export function renderEnvFile(): string {
  const rendered = sections.map(({ about, variables }) =>
    [`# ${about}`, ...Object.entries(variables).map(([name, make]) => `${name}=${make()}`)].join('\n'),
  );
  const head = '# Secrets of this deployment. Settings that it may have besides: infra/docs/deployment.md';
  return `${[head, ...rendered].join('\n\n')}\n`;
}
