import { describe, expect, test } from 'vitest';
import { ConfigError } from '../src/index.ts';
import { parseHttpConfig } from '../src/http-config.ts';

describe('the settings of the HTTP server', () => {
  test('no proxy is trusted and the limits are generous when nothing is set', () => {
    expect(parseHttpConfig({})).toEqual({
      trustedProxies: [],
      requestsPerMinute: { address: 30_000, key: 600_000 },
    });
  });

  test('proxies are addresses, ranges or names of ranges', () => {
    const { trustedProxies } = parseHttpConfig({
      THROUGHLINE_TRUSTED_PROXIES: ' 10.0.0.5, 172.16.0.0/12,fd00::/8 ,loopback,',
    });
    expect(trustedProxies).toEqual(['10.0.0.5', '172.16.0.0/12', 'fd00::/8', 'loopback']);
  });

  test.each(['proxy.example', '10.0.0.5/33', '10.0.0/8', 'fd00::/129', '10.0.0.5/8/8', 'true', '10.0.0.5/x'])(
    '%s is no proxy',
    (text) => {
      expect(() => parseHttpConfig({ THROUGHLINE_TRUSTED_PROXIES: text })).toThrow(ConfigError);
    },
  );

  test.each(['-1', '1.5', 'many'])('%s is no number of requests', (text) => {
    expect(() => parseHttpConfig({ THROUGHLINE_KEY_REQUESTS_PER_MINUTE: text })).toThrow(
      /THROUGHLINE_KEY_REQUESTS_PER_MINUTE/,
    );
  });

  test('0 turns a limit off', () => {
    const { requestsPerMinute } = parseHttpConfig({ THROUGHLINE_ADDRESS_REQUESTS_PER_MINUTE: '0' });
    expect(requestsPerMinute.address).toBe(0);
  });
});
