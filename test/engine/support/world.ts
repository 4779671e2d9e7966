// An embedded CA with a client and accounts, for the tests of this folder.
import { type Account, type AcmeClient, createAcmeClient } from '@certward/acme';
import { type RunningCa, startCa, type StartCaOptions } from '@certward/ca';
import { generatePrivateKey, type Identifier } from '@certward/pki';

/** A CA and a client of it. */
export interface World extends AsyncDisposable {
  readonly ca: RunningCa;
  readonly client: AcmeClient;
  newAccount(): Promise<Account>;
}

/** Starts it on plain http: these tests are not about TLS to the CA. All names resolve to this machine. */
export async function startWorld(options: StartCaOptions = {}): Promise<World> {
  const { validation, ...rest } = options;
  const ca = await startCa({ tls: false, ...rest, validation: { hosts: { '*': ['127.0.0.1'] }, ...validation } });
  const client = createAcmeClient({ directoryUrl: ca.directoryUrl, allowHttp: true });
  return {
    ca,
    client,
    newAccount: async () => await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true }),
    async [Symbol.asyncDispose]() {
      await client.close();
      await ca[Symbol.asyncDispose]();
    },
  };
}

/** Names as identifiers. */
export function dnsNames(...names: readonly string[]): Identifier[] {
  return names.map((value) => ({ type: 'dns', value }));
}

/** Statuses of all orders of `account`. */
export async function orderStatuses(account: Account): Promise<string[]> {
  const orders = await Promise.all((await account.listOrders()).map((url) => account.openOrder(url)));
  return orders.map(({ state }) => state.status).sort();
}
