/** Where the services are unless a setting or an option says otherwise, for the texts of help. */
import { defaultPorts, type ServiceName } from '@throughline/contracts';

export function defaultAddress(...services: [ServiceName, ...ServiceName[]]): string {
  return `http://127.0.0.1:${services.map((service) => defaultPorts[service]).join(', ')}`;
}
