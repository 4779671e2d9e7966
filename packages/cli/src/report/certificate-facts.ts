// Facts of certificates in the form that Certbot prints them.

/** Object identifiers as they stand at the front of a SubjectPublicKeyInfo. */
const algorithms: readonly (readonly [hex: string, label: string])[] = [
  ['06092a864886f70d010101', 'RSA'],
  ['06072a8648ce3d0201', 'ECDSA'],
  ['06032b6570', 'ED25519'],
];

/** `RSA` or `ECDSA`. Looks at the algorithm alone: building a key object for each of 5,000 certificates takes a third of a second. */
export function keyTypeLabel(spkiDer: Uint8Array): string {
  const front = Buffer.from(spkiDer.subarray(0, 24)).toString('hex');
  return algorithms.find(([hex]) => front.includes(hex))?.[1] ?? 'UNKNOWN';
}

/** Serials are printed as numbers: without leading zeros. */
export function listedSerial(serial: string): string {
  return serial.replace(/^0+(?=.)/, '');
}
