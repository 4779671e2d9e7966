// The authority's own certificates: one or more roots, and intermediates that every root has signed. Made on first start,
// loaded afterwards. With several roots the same intermediate key is certified by each, which gives the alternate chains.
import type { Clock, Random } from '@certward/base';
import { type Certificate, createCertificate, generatePrivateKey, type Issuer, keysMatch, type KeySpec, parseCertificate, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import { CaError } from '../errors.ts';
import type { CredentialFolder } from './credential-folder.ts';

const yearMs = 365 * 24 * 60 * 60 * 1000;
const rootYears = 20;
const intermediateYears = 5;
/** An intermediate is followed by a fresh one while it can still cover every leaf it may be asked to sign. */
const intermediateReplacedBeforeEndMs = yearMs;
/** Clocks of clients may be a day behind at the first start. */
const backdateMs = 24 * 60 * 60 * 1000;

/** What the hierarchy is made of. */
export interface HierarchyOptions {
  readonly credentials: CredentialFolder;
  readonly clock: Clock;
  readonly random: Random;
  /** The organisation's name in all subjects. */
  readonly name: string;
  readonly key: KeySpec;
  readonly roots: number;
}

/** An intermediate with its key and one certificate per root, in the order of the roots. */
export interface Intermediate {
  readonly id: string;
  readonly issuer: Issuer;
  readonly certificates: readonly Certificate[];
}

/** Everything the authority signs with. */
export interface Hierarchy {
  readonly roots: readonly Issuer[];
  /** Oldest first; the last one signs. */
  readonly intermediates: readonly Intermediate[];
}

/** Loads the hierarchy, making what is missing. */
export async function openHierarchy(options: HierarchyOptions): Promise<Hierarchy> {
  const roots: Issuer[] = [];
  for (let index = 1; index <= options.roots; index++) roots.push(await openRoot(options, index));
  const intermediates: Intermediate[] = [];
  for (let index = 1; ; index++) {
    const previous = intermediates.at(-1);
    const isKept = await isPresent(options.credentials, `intermediate-${index}.key.pem`);
    if (!isKept && previous !== undefined && lastsLongEnough(options, previous)) return { roots, intermediates };
    intermediates.push(await openIntermediate(options, { index, roots }));
  }
}

async function isPresent(credentials: CredentialFolder, name: string): Promise<boolean> {
  return (await credentials.read(name)) !== undefined;
}

function lastsLongEnough({ clock }: HierarchyOptions, { issuer }: Intermediate): boolean {
  return issuer.certificate.notAfter.getTime() - clock.now().getTime() > intermediateReplacedBeforeEndMs;
}

async function openRoot(options: HierarchyOptions, index: number): Promise<Issuer> {
  const key = await openKey(options, `root-${index}.key.pem`);
  const certificate = await openCertificate(options, `root-${index}.pem`, () =>
    createCertificate({
      ...common(options, { name: `Root ${index}`, years: rootYears }),
      subjectPublicKey: key,
      issuer: 'self',
      isCa: true,
    }),
  );
  return checkPair({ key, certificate }, `root-${index}`);
}

async function openIntermediate(
  options: HierarchyOptions,
  { index, roots }: { readonly index: number; readonly roots: readonly Issuer[] },
): Promise<Intermediate> {
  const id = `intermediate-${index}`;
  const key = await openKey(options, `${id}.key.pem`);
  const certificates: Certificate[] = [];
  for (const [position, root] of roots.entries()) {
    const file = position === 0 ? `${id}.pem` : `${id}-by-root-${position + 1}.pem`;
    const certificate = await openCertificate(options, file, () =>
      createCertificate({
        ...common(options, { name: `Intermediate ${index}`, years: intermediateYears }),
        subjectPublicKey: key,
        issuer: root,
        isCa: true,
        pathLength: 0,
      }),
    );
    checkPair({ key, certificate }, id);
    certificates.push(certificate);
  }
  const [certificate] = certificates;
  if (certificate === undefined) throw new CaError('optionInvalid', 'an authority needs at least one root');
  return { id, issuer: { key, certificate }, certificates };
}

function common(options: HierarchyOptions, { name, years }: { readonly name: string; readonly years: number }) {
  const now = options.clock.now().getTime();
  return {
    subject: { organization: options.name, commonName: `${options.name} ${name}` },
    serialBytes: Uint8Array.of(1, ...options.random.bytes(15)),
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + years * yearMs),
  };
}

/** Keys are written before anything refers to them, so that a crash leaves at most an unused key. */
async function openKey({ credentials, key: spec }: HierarchyOptions, name: string) {
  const known = await credentials.read(name);
  if (known !== undefined) return parsePrivateKeyPem(known);
  const key = await generatePrivateKey(spec);
  await credentials.write(name, privateKeyToPem(key));
  return key;
}

async function openCertificate({ credentials }: HierarchyOptions, name: string, make: () => Certificate): Promise<Certificate> {
  const known = await credentials.read(name);
  if (known !== undefined) return parseCertificate(known);
  const certificate = make();
  await credentials.write(name, certificate.pem);
  return certificate;
}

function checkPair(issuer: Issuer, name: string): Issuer {
  if (keysMatch(issuer.key, issuer.certificate.publicKey)) return issuer;
  throw new CaError('dataFolderUnreadable', `key and certificate of "${name}" do not belong together`, {
    hint: 'restore both files from the same backup',
  });
}
