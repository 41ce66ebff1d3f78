/** Where a request carries its key: `Authorization: Bearer <key>`, or Basic with the key as user name. */
export function presentedKey(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > 1_000) return null;
  const separator = authorization.indexOf(' ');
  if (separator < 0) return null;
  const scheme = authorization.slice(0, separator).toLowerCase();
  const credentials = authorization.slice(separator + 1).trim();
  if (scheme === 'bearer') return credentials;
  if (scheme !== 'basic') return null;
  const [userName] = Buffer.from(credentials, 'base64').toString('utf8').split(':', 1);
  return userName === undefined || userName === '' ? null : userName;
}
