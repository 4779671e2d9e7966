import { expect, test } from 'vitest';
import { isInside } from './inside-address.ts';

test.each(['127.0.0.1', '127.255.0.1', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254'])('%s is inside', (address) => {
  expect(isInside(address)).toBe(true);
});

test.each(['192.0.2.1', '10.0.0.1', '192.168.1.1', '172.16.0.1', '128.0.0.1', '2001:db8::1', 'fd00::1', '::2', '::ffff:10.0.0.1'])('%s is not', (address) => {
  expect(isInside(address)).toBe(false);
});
