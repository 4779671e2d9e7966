// Whether somebody listens on a port already. An Apache that cannot bind a new port after a reload ends altogether.
import { createServer } from 'node:net';
import { ApacheError } from '../errors.ts';
import { type Address, isAnyHost } from '../tree/address.ts';

/** Throws `addressInUse` where another program has one of the addresses. */
export async function checkAddressesFree(addresses: readonly Address[]): Promise<void> {
  for (const { host, port } of addresses) {
    if (await isFree(isAnyHost({ host, port }) ? undefined : host.replace(/^\[(.*)\]$/, '$1'), Number(port))) continue;
    throw new ApacheError('addressInUse', `Apache has to listen on port ${port}, but another program has that port`, {
      details: { host, port },
      hint: `stop the program on port ${port}, or answer for these names through it`,
    });
  }
}

function isFree(host: string | undefined, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Only this one is certain: without rights, or without that address, Apache's own words are better.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
