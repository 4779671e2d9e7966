// A key and a certificate request for two names and an address.
import { createCsr, generatePrivateKey, parseIdentifier, privateKeyToPem } from '@certward/pki';

const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
const identifiers = ['example.com', '*.example.com', '2001:db8::1'].map((name) => parseIdentifier(name));
export const csrPem = createCsr({ key, identifiers }).pem;
export const privkeyPem = privateKeyToPem(key);
