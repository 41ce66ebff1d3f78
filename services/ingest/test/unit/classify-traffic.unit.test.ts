import { describe, expect, test } from 'vitest';
import {
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
    expect(classify('website', largeRequestItems)).toBe('interactive');
    expect(classify('website', largeRequestItems + 1)).toBe('bulk');
    expect(classify('website', 1)).toBe('interactive');
  });

  test('is bulk where its source has just sent much, until some time later, and that of other sources is not', () => {
    const { classify, wait } = classifyAt();
    for (let sent = 0; sent < busySourceTouchpoints; sent += 100) {
      expect(classify('import', 100)).toBe('interactive');
    }
    expect(classify('import', 1)).toBe('bulk');
    expect(classify('website', 1)).toBe('interactive');
    wait(1);
    expect(classify('import', busySourceTouchpoints / 10)).toBe('bulk');
    wait(15);
    expect(classify('import', 1)).toBe('interactive');
  });

  test('is interactive of a source that sends some hundreds a second without end', () => {
    const { classify, wait } = classifyAt();
    for (let second = 0; second < 600; second++, wait(1))
      expect(classify('website', 100)).toBe('interactive');
    let isBulk = false;
    for (let second = 0; second < 600; second++, wait(0.2)) isBulk ||= classify('website', 100) === 'bulk';
    expect(isBulk).toBe(true);
  });

  test('is remembered of a bounded number of sources', () => {
    const { classify } = classifyAt();
    for (let sent = 0; sent <= busySourceTouchpoints; sent += 100) classify('import', 100);
    expect(classify('import', 1)).toBe('bulk');
    for (let source = 0; source < 1_010; source++) classify(`source ${source}`, 1);
    expect(classify('import', 1)).toBe('interactive');
  });
});
