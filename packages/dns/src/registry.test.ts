import { expect, test } from 'vitest';
import { dnsProviderNames, loadDnsProvider } from './registry.ts';

test.each(dnsProviderNames)('%s describes itself under its own name', async (name) => {
  const definition = await loadDnsProvider(name);
  expect(definition.name).toBe(name);
  expect(definition.certbotPropagationSeconds).toBeGreaterThan(0);
  const keys = definition.credentials.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { key, required, fallback } of definition.credentials) {
    expect(key).toMatch(/^[a-z0-9_]+$/);
    expect(required && fallback !== undefined).toBe(false);
  }
});

test.each(['unknown', '', '__proto__', 'constructor'])('there is no provider %j', async (name) => {
  await expect(loadDnsProvider(name)).rejects.toMatchObject({ code: 'providerUnknown', hint: expect.stringContaining('rfc2136') as string });
});
