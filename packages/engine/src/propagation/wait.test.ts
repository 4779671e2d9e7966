import { describe, expect, test } from 'vitest';
import { createFakeClock } from '@certward/testing';
import type { DnsClient } from './client.ts';
import { DnsError } from './errors.ts';
import type { DnsAnswer, DnsQuestion } from './message.ts';
import { type PropagationOptions, waitForPropagation } from './wait.ts';

const fqdn = '_acme-challenge.example.org';

type Behaviour = 'ready' | 'missing' | 'failing' | 'silent' | 'unroutable';

/** A client whose servers, by host, behave as told for each round; the last behaviour stays. */
function clientOf(behaviours: Readonly<Record<string, readonly Behaviour[]>>): DnsClient & { readonly asked: string[] } {
  const rounds = new Map<string, number>();
  const asked: string[] = [];
  return {
    asked,
    ask({ host }, { name }: DnsQuestion) {
      const round = rounds.get(host) ?? 0;
      rounds.set(host, round + 1);
      asked.push(host);
      const list = behaviours[host] ?? [];
      return behave(list[Math.min(round, list.length - 1)] ?? 'silent', name);
    },
  };
}

function behave(behaviour: Behaviour, name: string): Promise<DnsAnswer> {
  const answer: DnsAnswer = { rcode: 'NOERROR', authoritative: true, truncated: false, answers: [], authorities: [], additionals: [] };
  if (behaviour === 'ready') return Promise.resolve({ ...answer, answers: [{ name, type: 'TXT', value: 'value' }] });
  if (behaviour === 'missing') return Promise.resolve({ ...answer, rcode: 'NXDOMAIN' });
  if (behaviour === 'failing') return Promise.resolve({ ...answer, rcode: 'SERVFAIL' });
  if (behaviour === 'silent') return Promise.reject(new DnsError('dnsServerSilent', 'silent'));
  return Promise.reject(new DnsError('dnsServerUnreachable', 'no route', { details: { routable: false } }));
}

async function wait(behaviours: Readonly<Record<string, readonly Behaviour[]>>, options: PropagationOptions = {}) {
  const clock = createFakeClock(undefined, { autoAdvance: true });
  const client = clientOf(behaviours);
  const messages: string[] = [];
  const zone = { name: 'example.org', servers: Object.keys(behaviours).map((host) => ({ name: `ns-${host}`, addresses: [{ host, port: 53 }] })) };
  const outcome = await waitForPropagation([{ fqdn, value: 'value', zone }], { clock, client, onProgress: (message) => messages.push(message), ...options }).catch((error: unknown) => error);
  return { outcome, clock, messages, asked: client.asked };
}

describe('waitForPropagation', () => {
  test('does not wait at all when everybody answers', async () => {
    const { outcome, clock, messages } = await wait({ a: ['ready'], b: ['ready'] });
    expect(outcome).toEqual({ leftOut: [] });
    expect(clock.slept).toEqual([]);
    expect(messages).toEqual(['2 of 2 name servers answer with the record']);
  });

  test('asks with growing pauses only those who lack the record, and all of them once more at the end', async () => {
    const { outcome, clock, messages, asked } = await wait({ a: ['ready'], b: ['missing', 'missing', 'missing', 'ready'] });
    expect(outcome).toEqual({ leftOut: [] });
    expect(clock.slept).toEqual([500, 750, 1125]);
    expect(asked).toEqual(['a', 'b', 'b', 'b', 'b', 'a', 'b']);
    expect(messages).toEqual(['1 of 2 name servers answer with the record', '2 of 2 name servers answer with the record']);
  });

  test('is not content when the last look finds a server that forgot', async () => {
    const { outcome, messages } = await wait({ a: ['ready', 'missing', 'missing', 'ready'], b: ['missing', 'ready'] });
    expect(outcome).toEqual({ leftOut: [] });
    expect(messages).toEqual([1, 2, 1, 2].map((count) => `${count} of 2 name servers answer with the record`));
  });

  test('leaves a silent server out after ten seconds, a failing one after thirty, one without a route at once', async () => {
    const silent = await wait({ a: ['ready'], b: ['silent'] });
    expect(silent.outcome).toMatchObject({ leftOut: [{ nameServer: 'ns-b', state: 'silent' }] });
    expect(silent.clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
    expect(silent.clock.monotonicMs()).toBeLessThan(20_000);
    const failing = await wait({ a: ['ready'], b: ['failing'] });
    expect(failing.clock.monotonicMs()).toBeGreaterThanOrEqual(30_000);
    const unroutable = await wait({ a: ['ready'], b: ['unroutable'] });
    expect(unroutable.outcome).toMatchObject({ leftOut: [{ state: 'unroutable' }] });
    expect(unroutable.clock.slept).toEqual([]);
  });

  test('waits for one that comes to life in time', async () => {
    const { outcome } = await wait({ a: ['ready'], b: ['silent', 'failing', 'missing', 'ready'] });
    expect(outcome).toEqual({ leftOut: [] });
  });

  test('tolerates nothing while nobody answers', async () => {
    const { outcome, clock } = await wait({ a: ['silent'], b: ['unroutable'] }, { timeoutSeconds: 60 });
    expect(outcome).toMatchObject({
      name: 'PropagationTimeout',
      code: 'propagationTimeout',
      retry: 'now',
      message: `after 60 s only 0 of 2 name servers answer with the TXT record of "${fqdn}": ns-a (a) did not answer; ns-b (b) cannot be reached from this machine`,
      hint: expect.stringContaining('outgoing UDP and TCP to port 53') as string,
    });
    expect(clock.monotonicMs()).toBe(60_000);
  });

  test('gives up on time on one that never gets the record, and says who it is', async () => {
    const { outcome } = await wait({ a: ['ready'], b: ['missing'] }, { timeoutSeconds: 20 });
    expect(outcome).toMatchObject({ code: 'propagationTimeout', servers: [{ state: 'ready' }, { state: 'missing', description: `ns-b (b) answered that "${fqdn}" does not exist` }] });
  });

  test('needs every zone to be served', async () => {
    const clock = createFakeClock(undefined, { autoAdvance: true });
    const zoneOf = (name: string, host: string) => ({ name, servers: [{ name: `ns-${host}`, addresses: [{ host, port: 53 }] }] });
    const records = [
      { fqdn: '_acme-challenge.a.org', value: 'value', zone: zoneOf('a.org', 'a') },
      { fqdn: '_acme-challenge.b.org', value: 'value', zone: zoneOf('b.org', 'b') },
    ];
    await expect(waitForPropagation(records, { clock, client: clientOf({ a: ['ready'], b: ['silent'] }), timeoutSeconds: 30 })).rejects.toMatchObject({
      code: 'propagationTimeout',
      message: expect.stringContaining('"_acme-challenge.a.org" and 1 more') as string,
    });
  });

  test('has nothing to wait for without records', async () => {
    await expect(waitForPropagation([])).resolves.toEqual({ leftOut: [] });
  });
});
