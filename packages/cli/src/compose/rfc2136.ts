// The RFC 2136 authenticator: its credentials file, the provider, and how long to wait for name servers.
import path from 'node:path';
import { loadDnsProvider } from '@certward/dns';
import { type Authenticator, createDnsAuthenticator, parseServerAddress } from '@certward/engine';
import type { Context } from '../context.ts';
import { splitList } from '../settings/names.ts';
import type { Settings } from '../settings/settings.ts';
import { readCredentialsFile } from './credentials-file.ts';

/** Makes the authenticator. A typed or stored propagation time is a fixed wait, as with Certbot; else servers are asked. */
export async function createRfc2136Authenticator({ values, sources }: Settings, context: Context): Promise<Authenticator> {
  const { clock, random, log, questions, signal } = context;
  const file =
    values.dnsRfc2136Credentials ??
    (await questions.input('Input the path to your RFC 2136 credentials INI file', { flag: '--dns-rfc2136-credentials', signal }));
  const definition = await loadDnsProvider('rfc2136');
  const provider = definition.create(readCredentialsFile(path.resolve(file), context), { clock, random, log });
  const propagationSeconds = sources.has('dnsRfc2136PropagationSeconds') ? values.dnsRfc2136PropagationSeconds : undefined;
  const resolvers = splitList(values.dnsResolvers).map((text) => parseServerAddress(text));
  return createDnsAuthenticator({ name: 'dns-rfc2136', provider, propagationSeconds, clock, log, ...(resolvers.length === 0 ? {} : { lookup: { resolvers } }) });
}
