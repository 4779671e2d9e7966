// The HTTPS server of a quickstart: one page, the certificate that was just obtained, any free port on loopback.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { QuickstartLineage } from './order.ts';

/** A server that runs until it is disposed of. */
export interface QuickstartServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves `page` on a free port. */
export async function serveHttps({ fullchainPath, privkeyPath, page }: QuickstartLineage & { readonly page: string }): Promise<QuickstartServer> {
  const options = { cert: readFileSync(fullchainPath), key: readFileSync(privkeyPath) };
  const server = createServer(options, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(page);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
