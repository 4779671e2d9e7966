// Renew when the CA asks for it (RFC 9773), and tell it which certificate is being replaced: such orders count against
// no rate limit at Let's Encrypt. Renewal information is advice: on any error the lifetime decides.
import { readFile } from 'node:fs/promises';

import { type Account, type AcmeClient, AcmeError, obtainCertificate, type Solver } from '@certward/acme';
import { systemClock } from '@certward/base';
import { type Certificate, parseCertificateChain, parsePrivateKeyPem, renewalInfoCertId } from '@certward/pki';

/** Renews the certificate in `fullchain.pem` if it is due. */
export async function renewIfDue(client: AcmeClient, account: Account, solvers: readonly Solver[]): Promise<string | undefined> {
  const [leaf] = parseCertificateChain(await readFile('fullchain.pem', 'utf8'));
  if (leaf === undefined || !(await isDue(client, leaf, systemClock.now()))) return undefined;
  const { certificatePem } = await obtainCertificate({
    account,
    identifiers: leaf.identifiers,
    key: parsePrivateKeyPem(await readFile('privkey.pem', 'utf8')),
    solvers,
    // Left out by itself where the CA has no renewal information, and dropped where it refuses it.
    replaces: renewalInfoCertId(leaf),
  });
  return certificatePem;
}

async function isDue(client: AcmeClient, leaf: Certificate, now: Date): Promise<boolean> {
  try {
    const { suggestedWindow, explanationUrl, retryAfterSeconds } = await client.renewalInfo(leaf);
    if (explanationUrl !== undefined) process.stdout.write(`the ca explains: ${explanationUrl}\n`);
    process.stdout.write(`ask again in ${retryAfterSeconds} s\n`);
    // A program that stays up draws a moment in the window once, stores it, and waits for it.
    return now >= suggestedWindow.start;
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
    const lifeMs = leaf.notAfter.getTime() - leaf.notBefore.getTime();
    return now.getTime() >= leaf.notBefore.getTime() + (lifeMs * 2) / 3;
  }
}
