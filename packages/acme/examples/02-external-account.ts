// Register at a CA that gives accounts to its customers only (ZeroSSL, Google Trust Services, SSL.com and others).
import { createAcmeClient, isProblem } from '@certward/acme';
import { Secret } from '@certward/base';
import { generatePrivateKey, privateKeyToPem } from '@certward/pki';

const { EAB_KID = '', EAB_HMAC_KEY = '' } = process.env;

await using client = createAcmeClient({ directoryUrl: 'https://acme.zerossl.com/v2/DV90' });
const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });

// A binding is often good for one registration only: the key has to be safe before it is used up.
process.stdout.write(privateKeyToPem(key));

try {
  const account = await client.createAccount({
    key,
    contact: ['mailto:admin@example.com'],
    termsOfServiceAgreed: true,
    // Padding, the standard base64 alphabet and stray blanks in the key are put right.
    externalAccountBinding: { kid: EAB_KID, hmacKey: new Secret(EAB_HMAC_KEY) },
  });
  // Later runs need no request to find the account again: client.openAccount({ key, url }).
  process.stdout.write(`${account.url}\n`);
} catch (error) {
  // Every problem of the CA says what it is and what to do: `type`, `detail` (the CA's words), `hint` (ours), `retry`.
  if (!isProblem(error, 'unauthorized', 'externalAccountRequired')) throw error;
  process.stderr.write(`${error.detail}\n${error.hint}\n`);
}
