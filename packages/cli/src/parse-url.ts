/** The address of a service, as it was typed. */
import { defaultAddress } from './default-address.ts';
import { UsageError } from './config.ts';

/** Without a slash at its end. @throws UsageError naming the option */
export function parseUrl(text: string, option: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(`${option}: an address such as ${defaultAddress('ingest')} is expected`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
