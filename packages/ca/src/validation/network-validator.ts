// The validator that asks the network: each challenge type by its own rules, then CAA.
import { type Clock, type Random, systemClock, systemRandom } from '@certward/base';
import type { ChallengeType } from '../model.ts';
import { checkCaa } from './caa.ts';
import { validateDns01 } from './dns-01.ts';
import { validateDnsPersist01 } from './dns-persist-01.ts';
import { validateHttp01 } from './http-01.ts';
import { createResolver, type ResolverOptions } from './resolver.ts';
import { validateTlsAlpn01 } from './tls-alpn-01.ts';
import type { ValidationRequest, Validator } from './validator.ts';

/** How the network is asked. */
export interface NetworkValidatorOptions extends ResolverOptions {
  /** Where HTTP-01 knocks. Default 80, as RFC 8555 §8.3 demands; anything else proves less. */
  readonly httpPort?: number | undefined;
  /** Where TLS-ALPN-01 knocks, and redirects may lead. Default 443. */
  readonly tlsPort?: number | undefined;
  /** For each connection. Default 10 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** Names under which this authority appears in CAA records. Empty: CAA is not looked at. */
  readonly caaIdentities?: readonly string[] | undefined;
  /** Names that dns-persist-01 records may name. */
  readonly issuerDomainNames?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
}

/** A validator over real sockets. */
export function createNetworkValidator(options: NetworkValidatorOptions = {}): Validator {
  const { caaIdentities = [], clock = systemClock, connectTimeoutMs = 10_000, httpPort = 80, issuerDomainNames = [], tlsPort = 443 } = options;
  const resolver = createResolver({ ...options, random: options.random ?? (systemRandom satisfies Random) });
  type Validate = (request: ValidationRequest, signal: AbortSignal) => Promise<void>;
  const byType: Readonly<Record<ChallengeType, Validate>> = {
    'http-01': (request, signal) => validateHttp01(request, { resolver, httpPort, httpsPort: tlsPort, timeoutMs: connectTimeoutMs, signal }),
    'tls-alpn-01': (request, signal) => validateTlsAlpn01(request, { resolver, tlsPort, timeoutMs: connectTimeoutMs, signal }),
    'dns-01': (request, signal) => validateDns01(request, { resolver, signal }),
    'dns-account-01': (request, signal) => validateDns01(request, { resolver, signal }),
    'dns-persist-01': (request, signal) => validateDnsPersist01(request, { resolver, issuerDomainNames, clock, signal }),
  };
  return {
    async validate(request, { signal }) {
      await byType[request.type](request, signal);
      if (caaIdentities.length === 0) return;
      await checkCaa({ ...request, resolver, identities: caaIdentities, challengeType: request.type, signal });
    },
  };
}
