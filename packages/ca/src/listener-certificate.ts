// The certificate of the authority's own HTTPS listener: issued by itself, renewed while it runs.
import { type Clock, isAbort, type Log, type Random } from '@certward/base';
import { generatePrivateKey, type Identifier, parseIdentifier, privateKeyToPem } from '@certward/pki';
import type { Authority } from './authority/authority.ts';

const dayMs = 24 * 60 * 60 * 1000;
const lifetimeMs = 90 * dayMs;

/** Key and chain as node:tls takes them. */
export interface ListenerCredentials {
  readonly key: string;
  readonly cert: string;
}

/** What issuing takes. */
export interface ListenerCertificateParts {
  readonly authority: Authority;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Names and addresses the listener is reached by. */
  readonly hosts: readonly string[];
}

/** A fresh key and a certificate for this machine's loopback names and the given hosts. */
export async function issueListenerCertificate({ authority, clock, hosts, random }: ListenerCertificateParts): Promise<ListenerCredentials> {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const now = clock.now().getTime();
  const { certificate, issuerId } = authority.issueLeaf({
    publicKey: key,
    identifiers: identifiersOf(['localhost', '127.0.0.1', '::1', ...hosts]),
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeMs),
    serialBytes: Uint8Array.of(2, ...random.bytes(15)),
  });
  const [chain = []] = authority.chainsOf(issuerId);
  return { key: privateKeyToPem(key), cert: [certificate, ...chain].map((one) => one.pem).join('') };
}

/** Replaces the certificate at two thirds of its life, again and again until `signal` aborts. */
export async function keepListenerCertificateFresh(
  parts: ListenerCertificateParts,
  options: { readonly install: (credentials: ListenerCredentials) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { signal } = options;
  try {
    for (;;) {
      await parts.clock.sleep((lifetimeMs * 2) / 3, { signal });
      options.install(await issueListenerCertificate(parts));
    }
  } catch (error) {
    if (!isAbort(error, signal)) parts.log.error('certificate of the listener could not be renewed', { error });
  }
}

/** Host names that are no DNS names (a machine called `my_host`) are left out rather than keeping us from starting. */
function identifiersOf(hosts: readonly string[]): Identifier[] {
  const byKey = new Map<string, Identifier>();
  for (const host of hosts) {
    try {
      const identifier = parseIdentifier(host);
      byKey.set(`${identifier.type}:${identifier.value}`, identifier);
    } catch {
      continue;
    }
  }
  return [...byKey.values()];
}
