// Change the key of an account. The order of the steps is what keeps the account from being lost.
import { readFile, rename, writeFile } from 'node:fs/promises';

import { AcmeError, createAcmeClient } from '@certward/acme';
import { generatePrivateKey, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';

await using client = createAcmeClient({ directoryUrl: 'https://acme-staging-v02.api.letsencrypt.org/directory' });
const account = await client.findAccount({ key: parsePrivateKeyPem(await readFile('account-key.pem', 'utf8')) });
if (account === undefined) throw new Error('this key has no account at the ca');

// 1. The new key is safe on disk before the CA hears of it.
const newKey = await generatePrivateKey({ type: 'ecdsa', curve: 'P-384' });
await writeFile('account-key.new.pem', privateKeyToPem(newKey), { mode: 0o600 });

try {
  // 2. The change, and the proof that it happened: an answer of 200 alone is not believed.
  await account.rolloverKey(newKey);
  // 3. Only now does the new key take the old one's place. (A process killed before this line finds out with
  //    client.findAccount which of the two keys is the account's.)
  await rename('account-key.new.pem', 'account-key.pem');
} catch (error) {
  if (!(error instanceof AcmeError) || error.code !== 'keyRolloverUnproven') throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
}
