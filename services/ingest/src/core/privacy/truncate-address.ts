/** Addresses of people, cut to what identifies a region and no household: 24 bits of IPv4 and 48 of IPv6. */

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** IPv4 as the last 32 bits of IPv6; where nothing but `::ffff:` stands before it, it is IPv4 in another form. */
const embeddedIpv4 = /:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const ipv6Group = /^[0-9a-f]{1,4}$/i;

/** Null for what is no address. */
export function truncateAddress(address: string): string | null {
  const text = address.trim().toLowerCase();
  const plain = text.startsWith('::ffff:') && text.includes('.') ? text.slice('::ffff:'.length) : text;
  const octets = ipv4.exec(plain)?.slice(1).map(Number);
  if (octets === undefined) return truncateIpv6(text);
  return octets.every((octet) => octet <= 255) ? `${octets.slice(0, 3).join('.')}.0` : null;
}

function truncateIpv6(text: string): string | null {
  const [before = '', after, ...more] = text.replace(embeddedIpv4, ':0:0').split('::');
  if (more.length > 0 || !text.includes(':')) return null;
  const leading = groupsOf(before);
  const trailing = groupsOf(after ?? '');
  if (![...leading, ...trailing].every((group) => ipv6Group.test(group))) return null;
  const missing = 8 - leading.length - trailing.length;
  if (after === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...leading, ...Array.from({ length: missing }, () => '0'), ...trailing].slice(0, 3);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::`;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
