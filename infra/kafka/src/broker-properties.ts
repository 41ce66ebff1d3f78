/** A broker's settings: as small as a real broker can be, and with the durability of a large one. */
import { join } from 'node:path';

export interface BrokerAddress {
  id: number;
  port: number;
  controllerPort: number;
  /** Of a secured cluster only. */
  saslPort?: number | undefined;
  mutualPort?: number | undefined;
}

/** With three brokers an acknowledgement means two have it, and one may fail. */
export function brokerProperties(
  directory: string,
  self: BrokerAddress,
  all: readonly BrokerAddress[],
  more: Readonly<Record<string, string>> = {},
): string {
  const replication = all.length;
  const minInSync = Math.max(1, replication - 1);
  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': self.id,
    'controller.quorum.voters': all.map((one) => `${one.id}@127.0.0.1:${one.controllerPort}`).join(','),
    listeners: [...listenersOf(self), `CONTROLLER://127.0.0.1:${self.controllerPort}`].join(','),
    'advertised.listeners': listenersOf(self).join(','),
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replication,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replication,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': 3,
    // Groups of tests and of a first try are small and come up together.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    // Retention that is set to seconds, as tests do, passes in seconds.
    'log.retention.check.interval.ms': 1_000,
    'log.initial.task.delay.ms': 1_000,
    'log.cleaner.backoff.ms': 1_000,
    'num.network.threads': 2,
    'num.io.threads': 2,
    ...more,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function listenersOf({ port, saslPort, mutualPort }: BrokerAddress): string[] {
  const named = Object.entries({ BROKER: port, SASL: saslPort, MUTUAL: mutualPort });
  return named.flatMap(([name, one]) => (one === undefined ? [] : [`${name}://127.0.0.1:${one}`]));
}
