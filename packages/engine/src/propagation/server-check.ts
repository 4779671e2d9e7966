// Asks one name server at one address whether it has the wanted TXT values, and puts what it said into words.
import { assertNever, mapConcurrent } from '@certward/base';
import { type DnsClient, isUnroutable } from './client.ts';
import { DnsError, type ServerReport, type ServerState } from './errors.ts';
import type { DnsAnswer } from './message.ts';
import { formatServerAddress, type ServerAddress } from './server-address.ts';

/** One name with all the values that must be in its record set: an apex and its wildcard share a name. */
export interface WantedRecordSet {
  readonly fqdn: string;
  readonly values: ReadonlySet<string>;
}

/** A name server at one of its addresses, and the record sets it must have. */
export interface ServerToAsk {
  readonly nameServer: string;
  readonly address: ServerAddress | undefined;
  readonly wanted: readonly WantedRecordSet[];
}

/** A certificate may have a hundred names: far-away servers are asked for some at once, but not for all in vain. */
const setsAtOnce = 8;

/** Asks for every wanted record set, the first unsatisfied one decides the report. Never rejects but for an abort. */
export async function checkServer(
  server: ServerToAsk,
  options: { readonly client: DnsClient; readonly signal?: AbortSignal | undefined },
): Promise<ServerReport> {
  const report = (state: ServerState, what: string): ServerReport => {
    const where = server.address === undefined ? server.nameServer : `${server.nameServer} (${formatServerAddress(server.address)})`;
    return { nameServer: server.nameServer, address: server.address, state, description: `${where} ${what}` };
  };
  if (server.address === undefined) return report('unroutable', 'has no address');
  const { address, wanted } = server;
  for (let from = 0; from < wanted.length; from += setsAtOnce) {
    const findings = await mapConcurrent(wanted.slice(from, from + setsAtOnce), setsAtOnce, (one) => askFor(one, address, options));
    const open = findings.find(({ state }) => state !== 'ready');
    if (open !== undefined) return report(open.state, open.what);
  }
  return report('ready', 'answers with the record');
}

interface Finding {
  readonly state: ServerState;
  readonly what: string;
}

async function askFor(
  wanted: WantedRecordSet,
  address: ServerAddress,
  { client, signal }: { readonly client: DnsClient; readonly signal?: AbortSignal | undefined },
): Promise<Finding> {
  try {
    return readFinding(await client.ask(address, { name: wanted.fqdn, type: 'TXT' }, { signal }), wanted);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DnsError)) throw error;
    return readFailure(error);
  }
}

/** What an answer to the TXT question means. */
export function readFinding(answer: DnsAnswer, { fqdn, values }: WantedRecordSet): Finding {
  if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') return { state: 'failing', what: `answered ${answer.rcode}` };
  const found = new Set(answer.answers.flatMap((record) => (record.type === 'TXT' && record.name === fqdn ? [record.value] : [])));
  const lacking = [...values].filter((value) => !found.has(value)).length;
  if (lacking === 0) return { state: 'ready', what: 'answers with the record' };
  // Without authority "no" means nothing: the server does not know the zone, or not yet.
  if (!answer.authoritative) return { state: 'failing', what: `answered without authority for "${fqdn}"` };
  const alias = answer.answers.find((record) => record.type === 'CNAME' && record.name === fqdn);
  if (alias?.type === 'CNAME') return { state: 'missing', what: `answered that "${fqdn}" is an alias of "${alias.target}"` };
  if (answer.rcode === 'NXDOMAIN') return { state: 'missing', what: `answered that "${fqdn}" does not exist` };
  if (found.size === 0) return { state: 'missing', what: `answered that "${fqdn}" has no TXT record` };
  return {
    state: 'missing',
    what: `answered with ${found.size} TXT ${found.size === 1 ? 'value' : 'values'} of "${fqdn}", without ${lacking} of the ${values.size} wanted`,
  };
}

function readFailure(error: DnsError): Finding {
  if (isUnroutable(error)) return { state: 'unroutable', what: 'cannot be reached from this machine' };
  switch (error.code) {
    case 'dnsServerUnreachable':
      return { state: 'silent', what: 'refused the connection' };
    case 'dnsServerSilent':
      return { state: 'silent', what: 'did not answer' };
    default:
      return { state: 'failing', what: 'answered with something unreadable' };
  }
}

/** How long a server in this state keeps everybody waiting while others already have the record. */
export function patienceSeconds(state: ServerState, patience: Patience): number {
  switch (state) {
    case 'ready':
    case 'unroutable':
      return 0;
    case 'missing':
      return Number.POSITIVE_INFINITY;
    case 'silent':
      return patience.silentSeconds;
    case 'failing':
      return patience.failingSeconds;
    default:
      return assertNever(state);
  }
}

/** How long unusable servers are waited for before they are left out (only while another one answers). */
export interface Patience {
  /** A server that does not answer. Default 10 s: packet loss and a restart are over by then. */
  readonly silentSeconds: number;
  /** A server that answers with an error. Default 30 s: a secondary that is loading the zone says SERVFAIL or REFUSED. */
  readonly failingSeconds: number;
}

/** The defaults of {@link Patience}. */
export const defaultPatience: Patience = { silentSeconds: 10, failingSeconds: 30 };
