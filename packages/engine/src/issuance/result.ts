// The outcome of an attempt that has its certificate.
import { parseCertificateChain } from '@certward/pki';
import type { Attempt } from './attempt.ts';
import { privateKeyPem } from './certificate-key.ts';
import type { IssuanceResult } from './request.ts';

/** The result as the store and the caller get it. */
export async function resultOf(attempt: Attempt): Promise<IssuanceResult> {
  const { certificatePem = '', identifiers, dropped, resumed, cleanUpFailures } = attempt;
  return {
    certificatePem,
    chain: parseCertificateChain(certificatePem),
    privateKeyPem: await privateKeyPem(attempt),
    identifiers,
    dropped,
    orderUrl: attempt.hasOrder ? attempt.order.url : undefined,
    resumed,
    cleanUpFailures: [...cleanUpFailures],
  };
}
