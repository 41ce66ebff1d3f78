/** The services by name and the ports on which they listen unless a setting says otherwise. */
export const serviceNames = ['ingest', 'identity', 'metrics'] as const;
export type ServiceName = (typeof serviceNames)[number];

export const defaultPorts: Readonly<Record<ServiceName, number>> = {
  ingest: 8080,
  identity: 8081,
  metrics: 8082,
};

/** The environment variable that sets a service's port. */
export function portVariable(service: ServiceName): string {
  return `THROUGHLINE_${service.toUpperCase()}_PORT`;
}

/** The environment variable that says where others reach a service. */
export function urlVariable(service: ServiceName): string {
  return `THROUGHLINE_${service.toUpperCase()}_URL`;
}
