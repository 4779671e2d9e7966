// The ACME client of a run: which CA, whom to trust, where the directory is remembered.
import { readFileSync } from 'node:fs';
import { type AcmeClient, createAcmeClient, createHttpsTransport, proxyFromEnvironment } from '@certward/acme';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { logTraffic } from '../log/traffic.ts';
import { mayUseHttp } from '../settings/server.ts';
import type { Settings } from '../settings/settings.ts';
import { userAgentOf } from '../settings/user-agent.ts';
import { createDirectoryCache } from './directory-cache.ts';

/** With a clock a day off, what is due and what is valid are guesses, and certificates of a few days already useless. */
const longestClockSkewMs = 86_400_000;

/** Makes the client for the server of `settings`. Throws `fileUnreadable` for a REQUESTS_CA_BUNDLE that is not there. */
export function createClient(settings: Settings, context: Context, authenticator?: string): AcmeClient {
  const { values } = settings;
  const { clock, random, log, environment, folders, arguments: { verb } } = context;
  return createAcmeClient({
    directoryUrl: values.server,
    userAgent: userAgentOf(settings, { verb, authenticator }),
    transport: logTraffic(
      createHttpsTransport({
        trustedCaPem: readTrustedRoots(environment['REQUESTS_CA_BUNDLE']),
        // As for Certbot, the bundle stands in place of the roots that come with the program.
        trustPlatformRoots: false,
        verifyTls: !values.noVerifySsl,
        proxyFor: proxyFromEnvironment(environment),
      }),
      log,
    ),
    allowHttp: mayUseHttp(values.server),
    directoryCache: createDirectoryCache(folders.work),
    longestClockSkewMs,
    clock,
    random,
    log,
  });
}

function readTrustedRoots(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw cliError('fileUnreadable', `REQUESTS_CA_BUNDLE names "${file}", which cannot be read`, {
      cause,
      hint: 'it must be a file with root certificates in PEM',
    });
  }
}
