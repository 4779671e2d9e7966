// Step `download`: fetch the chain, make sure that it is what was ordered, and journal it.
import { type Certificate, identifierKey, keysMatch, parseCertificateChain, parseCsr } from '@certward/pki';
import type { Attempt } from '../attempt.ts';
import { certificateKey } from '../certificate-key.ts';
import { IssuanceError } from '../errors.ts';
import type { Step } from './step.ts';

/** Brings the chain into the journal. Throws `certificateMismatch` when it is not for our key and names. */
export const downloadStep: Step = {
  name: 'download',
  message: 'fetching the certificate',
  async run(attempt) {
    if (attempt.certificatePem === undefined) {
      const { preferredChain } = attempt.request;
      const { pem, preferenceMet } = await attempt.order.downloadCertificate({ preferredChain, signal: attempt.signal });
      if (preferenceMet === false) attempt.deps.log.warn('no chain has the preferred issuer, taking the default one', { preferredChain });
      await checkCertificate(attempt, pem);
      attempt.certificatePem = pem;
      await attempt.journal.update({ certificatePem: pem });
    }
    const [leaf] = parseCertificateChain(attempt.certificatePem);
    if (leaf === undefined) return;
    attempt.emit({ type: 'certificate.obtained', notAfter: leaf.notAfter, serial: leaf.serial });
    attempt.deps.log.info('certificate obtained', { serial: leaf.serial, notAfter: leaf.notAfter, identifiers: attempt.identifiers.map(({ value }) => value) });
  },
};

/** Throws unless `pem` begins with a certificate for the ordered names and our key. */
export async function checkCertificate(attempt: Attempt, pem: string): Promise<void> {
  const [leaf] = parseCertificateChain(pem);
  if (leaf === undefined) throw mismatch('the chain is empty');
  checkNames(attempt, leaf);
  const { csr } = attempt.request;
  const matches = csr === undefined ? keysMatch(await certificateKey(attempt), leaf) : keysMatch(parseCsr(csr).publicKey, leaf);
  if (!matches) throw mismatch('it is for another key', leaf);
  if (attempt.resumed && (isStale(attempt, leaf) || isOvertaken(attempt, leaf))) throw mismatch('it is old', leaf);
}

/** Every ordered name must be there. Some CAs add one of their own accord, `www.` as a rule: that is only noted. */
function checkNames(attempt: Attempt, leaf: Certificate): void {
  const certified = new Set(leaf.identifiers.map(identifierKey));
  if (!attempt.identifiers.every((one) => certified.has(identifierKey(one)))) throw mismatch('it is for other names', leaf);
  if (certified.size > attempt.identifiers.length) {
    attempt.deps.log.warn('certificate has more names than were ordered', { identifiers: leaf.identifiers.map(({ value }) => value) });
  }
}

/**
 * Whoever asks for a certificate today is not served by one that a run interrupted weeks ago left behind. Its age counts
 * from the CA's clock and from ours: a machine whose clock is wrong must not take every certificate for an old one.
 */
function isStale({ deps, journal }: Attempt, { notBefore, notAfter }: Certificate): boolean {
  const now = deps.clock.now().getTime();
  const youngestStart = Math.max(notBefore.getTime(), Date.parse(journal.entry.startedAt));
  return now - youngestStart > (notAfter.getTime() - notBefore.getTime()) / 3;
}

function isOvertaken({ request }: Attempt, { notBefore }: Certificate): boolean {
  return request.newerThan !== undefined && notBefore < request.newerThan;
}

function mismatch(why: string, leaf?: Certificate): IssuanceError {
  return new IssuanceError('certificateMismatch', `the certificate authority delivered a wrong certificate: ${why}`, {
    details: leaf === undefined ? {} : { serial: leaf.serial, identifiers: leaf.identifiers },
    hint: 'nothing was stored; run again, and tell the certificate authority if it repeats',
  });
}
