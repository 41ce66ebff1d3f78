/**
 * What a broker is given to be a secured one: TLS with certificates of an authority made for it, passwords, and rights.
 * For tests: its plain listener, on loopback, stays open for its administration.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ClusterUser {
  name: string;
  password: string;
  mechanism: 'PLAIN' | 'SCRAM-SHA-256';
  /** Of the cluster's administrator; others need ACLs. */
  isSuperUser?: boolean;
}

/** Paths of PEM files. The broker's certificate names 127.0.0.1, and nothing else. */
export interface CertificateFiles {
  authority: string;
  broker: string;
  clientCertificate: string;
  clientKey: string;
}

/** Name in the client's certificate, as ACLs write it. */
export const certificateUser = 'CN=certified';

/** Makes what is missing, with openssl. */
export function makeCertificates(directory: string): CertificateFiles {
  const file = (name: string): string => join(directory, name);
  const made: CertificateFiles = {
    authority: file('authority.pem'),
    broker: file('broker.pem'),
    clientCertificate: file('client.pem'),
    clientKey: file('client-key.pem'),
  };
  if (existsSync(made.clientCertificate)) return made;
  mkdirSync(directory, { recursive: true });
  const common = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...arguments_: string[]): void => {
    execFileSync('openssl', [...common, '-days', '30', ...arguments_], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  const authorityKey = file('authority-key.pem');
  openssl('-subj', '/CN=authority', '-keyout', authorityKey, '-out', made.authority);
  const signed = [
    '-CA',
    made.authority,
    '-CAkey',
    authorityKey,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl(...signed, ...names, '-subj', '/CN=broker', '-keyout', file('broker-key.pem'), '-out', made.broker);
  writeFileSync(
    made.broker,
    readFileSync(file('broker-key.pem'), 'utf8') + readFileSync(made.broker, 'utf8'),
  );
  openssl(
    ...signed,
    '-subj',
    `/${certificateUser}`,
    '-keyout',
    made.clientKey,
    '-out',
    made.clientCertificate,
  );
  return made;
}

/** Listeners SASL (TLS and a password) and MUTUAL (TLS with a certificate of the client), and who may do what. */
export function securityProperties(
  users: readonly ClusterUser[],
  certificates: CertificateFiles,
): Record<string, string> {
  const sasl = 'listener.name.sasl';
  const plainUsers = users
    .filter(({ mechanism }) => mechanism === 'PLAIN')
    .map(({ name, password }) => `user_${name}="${password}"`);
  const login = 'org.apache.kafka.common.security';
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.broker,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.authority,
    'listener.name.mutual.ssl.client.auth': 'required',
    [`${sasl}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256',
    [`${sasl}.plain.sasl.jaas.config`]: `${login}.plain.PlainLoginModule required ${plainUsers.join(' ')};`,
    [`${sasl}.scram-sha-256.sasl.jaas.config`]: `${login}.scram.ScramLoginModule required;`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': ['ANONYMOUS', ...users.filter((user) => user.isSuperUser).map(({ name }) => name)]
      .map((name) => `User:${name}`)
      .join(';'),
  };
}

/** Of the storage tool: SCRAM's users are records of the cluster. */
export function scramArguments(users: readonly ClusterUser[]): string[] {
  return users
    .filter(({ mechanism }) => mechanism === 'SCRAM-SHA-256')
    .flatMap(({ name, password }) => ['--add-scram', `SCRAM-SHA-256=[name=${name},password=${password}]`]);
}
