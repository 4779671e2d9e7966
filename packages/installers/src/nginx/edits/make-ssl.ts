// Makes a plain server block answer https as well.
import { appendDirective } from '../parser/edit.ts';
import { wordFor } from '../parser/words.ts';
import type { Address } from '../tree/address.ts';
import type { Vhost } from '../tree/vhost.ts';
import type { EditContext } from './context.ts';
import { addDirective, includeFile } from './directives.ts';

/** Adds encrypted addresses and the TLS settings. The certificate must be set before the configuration is tested. */
export function makeSsl(vhost: Vhost, context: EditContext & { readonly setCertificate: () => void }): void {
  const { configuration, snippets, setCertificate } = context;
  // An explicit listen ends the implicit one, which has to go on.
  if (vhost.addresses.some((address) => address.directive === undefined)) appendDirective(vhost.block, ['listen', '80']);
  for (const listen of secureListens(vhost, context)) appendDirective(vhost.block, listen);
  setCertificate();
  includeFile(vhost, wordFor(snippets.optionsPath), snippets.options);
  if (!hasDirective(vhost, context, 'ssl_dhparam')) addDirective(vhost, ['ssl_dhparam', wordFor(snippets.dhparamsPath)]);
  configuration.refresh(vhost);
}

/** The encrypted twin of every plain address; where none is plain on the port, one per address family in use. */
function secureListens(vhost: Vhost, context: EditContext): string[][] {
  const { configuration, httpPort } = context;
  const plain = vhost.addresses.filter((address) => address.port === httpPort && !configuration.isSsl(vhost, address));
  const twins = [...new Map(plain.map((address) => [address.key, address])).values()].sort(ipv6First);
  if (twins.length > 0) return twins.map(({ host, ipv6 }) => secureListen({ host: host === '*' ? '' : host, ipv6 }, context));
  const usesIpv6 = vhost.addresses.some(({ ipv6 }) => ipv6);
  const usesIpv4 = vhost.addresses.length === 0 || vhost.addresses.some(({ ipv6 }) => !ipv6);
  return [...(usesIpv6 ? [secureListen({ host: '[::]', ipv6: true }, context)] : []), ...(usesIpv4 ? [secureListen({ host: '', ipv6: false }, context)] : [])];
}

function secureListen({ host, ipv6 }: Pick<Address, 'host' | 'ipv6'>, context: EditContext): string[] {
  const listen = ['listen', host === '' ? context.httpsPort : `${host}:${context.httpsPort}`, 'ssl'];
  // Socket options may be given once per address: only its first listen gets one.
  const isNew = !context.configuration.hasAddress(`${host}:${context.httpsPort}`);
  return ipv6 && isNew ? [...listen, 'ipv6only=on'] : listen;
}

function ipv6First(a: Address, b: Address): number {
  return Number(b.ipv6) - Number(a.ipv6);
}

function hasDirective(vhost: Vhost, { configuration }: EditContext, name: string): boolean {
  return configuration.nodesOf(vhost).some(({ node }) => node.kind === 'directive' && node.words[0]?.value === name);
}
