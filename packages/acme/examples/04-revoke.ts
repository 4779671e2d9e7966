// Revoke a certificate: by the account that ordered it, or, when only the certificate's key is left, by that key.
import { readFile } from 'node:fs/promises';

import { createAcmeClient } from '@certward/acme';
import { parsePrivateKeyPem } from '@certward/pki';

const certificate = await readFile('cert.pem', 'utf8');
await using client = createAcmeClient({ directoryUrl: 'https://acme-staging-v02.api.letsencrypt.org/directory' });

const account = await client.findAccount({ key: parsePrivateKeyPem(await readFile('account-key.pem', 'utf8')) });
if (account !== undefined) {
  // A certificate that was revoked before is no error.
  const { wasAlreadyRevoked } = await account.revoke({ certificate, reason: 'superseded' });
  process.stdout.write(wasAlreadyRevoked ? 'it was revoked already\n' : 'revoked\n');
} else {
  // keyCompromise, proven by the key itself, bars the key from ever being certified again.
  await client.revokeWithCertificateKey({ certificate, key: parsePrivateKeyPem(await readFile('privkey.pem', 'utf8')), reason: 'keyCompromise' });
}
