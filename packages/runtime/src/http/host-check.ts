/**
 * A page of a hostile site can point its own name at 127.0.0.1 and then speak to a service on loopback as its own origin
 * (DNS rebinding). The name it uses gives it away: a service on loopback answers only to loopback's names.
 */
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @param host the Host header, with or without a port */
export function isLoopbackName(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return loopbackNames.has(name) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}
