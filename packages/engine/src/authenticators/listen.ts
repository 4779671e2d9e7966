// Opens the local port of a challenge listener by Certbot's rules and turns refusals into errors that name the remedy.
import type { Server } from 'node:net';
import { AuthenticatorError } from './authenticator-error.ts';

/** Where a challenge listener waits for the CA. */
export interface ListenTarget {
  /** One address to bind; without it every address, IPv6 and IPv4. */
  readonly address?: string | undefined;
  /** Local TCP port; 0 lets the system choose. */
  readonly port: number;
  /** The option that changes the port, for hints: `--http-01-port`. */
  readonly portOption: string;
  /** The port that the CA connects to, whatever the local one is. */
  readonly publicPort: number;
}

/**
 * Listens with `server`. Without an address it tries `::` (which takes IPv4 along) and then `0.0.0.0`; either is enough.
 *
 * Throws `portInUse`, `portForbidden`, `addressUnavailable` or `addressInvalid`.
 * @returns the port, which differs from the wanted one only when that was 0.
 */
export async function listen(server: Server, target: ListenTarget): Promise<number> {
  const hosts = target.address === undefined || target.address === '' ? ['::', '0.0.0.0'] : [target.address];
  let refusal: NodeJS.ErrnoException | undefined;
  for (const host of hosts) {
    try {
      return await listenOn(server, host, target.port);
    } catch (error) {
      // A machine without IPv6 says so on `::`; what `0.0.0.0` then says is the news, unless it too is about the family.
      if (refusal === undefined || isAboutFamily(refusal)) refusal = error as NodeJS.ErrnoException;
    }
  }
  throw await explainRefusal(refusal, target);
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onListening = () => {
      server.off('error', onError);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    };
    const onError = (error: Error) => {
      server.off('listening', onListening);
      reject(error);
    };
    server.once('listening', onListening);
    server.once('error', onError);
    server.listen({ host, port, exclusive: true });
  });
}

function isAboutFamily(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL' || error.code === 'EINVAL';
}

/** The error for a refused port, with the process that holds it where the system tells. */
export async function explainRefusal(
  refusal: NodeJS.ErrnoException | undefined,
  target: ListenTarget,
): Promise<AuthenticatorError> {
  const { port, portOption, publicPort } = target;
  const details = { port, address: target.address, errno: refusal?.code };
  switch (refusal?.code) {
    case 'EADDRINUSE': {
      const { findPortOwner } = await import('./port-owner.ts');
      const owner = await findPortOwner(port);
      return new AuthenticatorError('portInUse', `port ${port} is in use${owner === undefined ? '' : ` by ${owner}`}`, {
        cause: refusal,
        details: { ...details, owner },
        hint: `stop the program that listens on port ${port} (a pre hook can do it), let it serve the challenge through webroot, or forward port ${publicPort} and choose another local port with ${portOption}`,
      });
    }
    case 'EACCES':
      return new AuthenticatorError('portForbidden', `no permission to listen on port ${port}`, {
        cause: refusal,
        details,
        hint: `run as root, grant CAP_NET_BIND_SERVICE, or forward port ${publicPort} and choose a local port above 1023 with ${portOption}`,
      });
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new AuthenticatorError('addressUnavailable', `address "${target.address ?? '0.0.0.0'}" is not one of this machine's`, {
        cause: refusal,
        details,
        hint: 'leave the address out to listen on all addresses, or name one that this machine has',
      });
    default:
      return new AuthenticatorError('addressInvalid', `cannot listen on "${target.address ?? '::'}" port ${port}`, {
        cause: refusal,
        details,
        hint: 'check the address and port of the challenge listener',
      });
  }
}
