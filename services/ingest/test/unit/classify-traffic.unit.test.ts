import { describe, expect, test } from 'vitest';
import {
  busySenderTouchpoints,
  busySourceTouchpoints,
  createClassifyTraffic,
  largeRequestItems,
} from '../../src/receive/classify-traffic.ts';

function classifyAt(start = 0) {
  let now = start;
  const classify = createClassifyTraffic(() => now);
  return { classify, wait: (seconds: number) => (now += seconds * 1_000) };
}

describe('the traffic of a request', () => {
  test('is bulk where it has more touchpoints than a person waits for', () => {
    const { classify } = classifyAt();
    expect(classify({ source: 'website' }, largeRequestItems)).toBe('interactive');
    expect(classify({ source: 'website' }, largeRequestItems + 1)).toBe('bulk');
    expect(classify({ source: 'website' }, 1)).toBe('interactive');
  });

  test('is bulk where its source has just sent much, until some time later, and that of other sources is not', () => {
    const { classify, wait } = classifyAt();
    for (let sent = 0; sent < busySenderTouchpoints; sent += 100) {
      expect(classify({ source: 'import' }, 100)).toBe('interactive');
    }
    expect(classify({ source: 'import' }, 1)).toBe('bulk');
    expect(classify({ source: 'website' }, 1)).toBe('interactive');
    wait(1);
    expect(classify({ source: 'import' }, busySenderTouchpoints / 10)).toBe('bulk');
    wait(15);
    expect(classify({ source: 'import' }, 1)).toBe('interactive');
  });

  test('is interactive of a source that sends some hundreds a second without end', () => {
    const { classify, wait } = classifyAt();
    for (let second = 0; second < 600; second++, wait(1))
      expect(classify({ source: 'website' }, 100)).toBe('interactive');
    let isBulk = false;
    for (let second = 0; second < 600; second++, wait(0.2))
      isBulk ||= classify({ source: 'website' }, 100) === 'bulk';
    expect(isBulk).toBe(true);
  });

  test('is remembered of a bounded number of sources', () => {
    const { classify } = classifyAt();
    for (let sent = 0; sent <= busySenderTouchpoints; sent += 100) classify({ source: 'import' }, 100);
    expect(classify({ source: 'import' }, 1)).toBe('bulk');
    for (let source = 0; source < 1_010; source++) classify({ source: `source ${source}` }, 1);
    expect(classify({ source: 'import' }, 1)).toBe('interactive');
  });

  test('is interactive where it is small and its source imports by large ones', () => {
    const { classify } = classifyAt();
    for (let request = 0; request < 30; request++) expect(classify({ source: 'shop' }, 1_000)).toBe('bulk');
    expect(classify({ source: 'shop' }, 1)).toBe('interactive');
  });

  test('with a public key is bulk from an address that sends much, and interactive from the others', () => {
    const { classify } = classifyAt();
    const flood = { source: 'website', address: '203.0.113.7' };
    for (let sent = 0; sent < busySenderTouchpoints; sent += 100) classify(flood, 100);
    expect(classify(flood, 1)).toBe('bulk');
    expect(classify({ source: 'website', address: '203.0.113.8' }, 1)).toBe('interactive');
    expect(classify({ source: 'shop', address: '203.0.113.7' }, 1)).toBe('interactive');
  });

  test('with a public key is bulk from every address where all of them together send much', () => {
    const { classify } = classifyAt();
    for (let sent = 0; sent < busySourceTouchpoints; sent += 100)
      classify({ source: 'website', address: `203.0.113.${sent % 250}` }, 100);
    expect(classify({ source: 'website', address: '198.51.100.1' }, 1)).toBe('bulk');
    expect(classify({ source: 'shop', address: '198.51.100.1' }, 1)).toBe('interactive');
  });
});
