/** The address of a service, as it was typed. */
import { UsageError } from './config.ts';

/** Without a slash at its end. @throws UsageError naming the option */
export function parseUrl(text: string, option: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(`${option}: an address such as http://127.0.0.1:8080 is expected`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
