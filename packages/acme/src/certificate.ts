// The certificate resource (RFC 8555 §7.4.2): download, check that the chain links, and follow alternates.
import type { KeyObject } from 'node:crypto';

import { backoffDelay, mapConcurrent } from '@certward/base';
import { type Certificate, type Identifier, identifierKey, isIssuedBy, parseCertificate, parsePem, spkiDer, verifySignature } from '@certward/pki';

import type { AccountContext } from './account-context.ts';
import { AcmeError, AcmeProblem } from './errors.ts';
import { linkTargets } from './link-header.ts';
import { type ChainMatcher, pickChain } from './preferred-chain.ts';
import type { Reply } from './reply.ts';
import { sendSigned } from './signed-request.ts';
import type { CallOptions } from './types.ts';

/** A chain as the CA serves it. */
export interface CertificateChain {
  readonly url: string;
  /** The served text; at most its last newline is ours. */
  readonly pem: string;
  /** Leaf first, root usually left out. */
  readonly certificates: readonly Certificate[];
}

/** What a download brings. */
export interface DownloadedCertificate {
  /** The chosen chain's text, ready for a `fullchain.pem`. */
  readonly pem: string;
  readonly chain: readonly Certificate[];
  readonly url: string;
  /** The other chains, where they were fetched: when a preference was given, or `fetchAlternates`. */
  readonly alternates: readonly CertificateChain[];
  /** Where the CA offers other chains. */
  readonly alternateUrls: readonly string[];
  /** False when a preference was given and no chain met it: the default one was taken. */
  readonly preferenceMet: boolean;
}

/** What to download. */
export interface DownloadOptions extends CallOptions {
  /** Certbot's rule: the first chain whose topmost certificate's issuer has this common name, else the default. */
  readonly preferredChain?: string | undefined;
  /** A rule of your own, e.g. `chainEndsAtKeyId`. Goes before `preferredChain`. */
  readonly matcher?: ChainMatcher | undefined;
  /** Fetches every alternate even without a preference. Default false: it costs a request each. */
  readonly fetchAlternates?: boolean;
  /** The key (either half) that the leaf must be for. Default: not checked. */
  readonly key?: KeyObject | undefined;
  /** Names that the leaf must have. Default: those of the order, or not checked where there is no order. */
  readonly identifiers?: readonly Identifier[] | undefined;
}

/** Longer chains than this are hostile. */
const mostCertificates = 20;

/** Alternates beyond this are not fetched. Let's Encrypt offers two. */
const mostAlternates = 16;

/** A certificate URL may be a moment ahead of the store behind it: so often a 404 is asked again. */
const mostNotFound = 4;

/** ECDSA and RSA with SHA-2, RSASSA-PSS, Ed25519: a certificate signed with one of these must verify. */
const usualAlgorithms = new Set([
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.3.101.112',
]);

/**
 * Downloads the chain at `url`. Throws `chainInvalid` when it holds anything but certificates, does not link, or is for
 * another key; alternates that are broken are left out rather than failing the download.
 */
export async function downloadCertificate(account: AccountContext, url: string, options: DownloadOptions = {}): Promise<DownloadedCertificate> {
  const { signal, preferredChain, matcher, fetchAlternates = false } = options;
  const { chain, alternateUrls } = await fetchChain(account, url, { signal });
  checkLeaf(chain, options);
  const isPicky = preferredChain !== undefined || matcher !== undefined;
  const alternates = isPicky || fetchAlternates ? (await fetchAll(account, alternateUrls, { signal })).filter((one) => isSameLeaf(one, { chain, account })) : [];
  const picked = pickChain([chain, ...alternates], { preferredChain, matcher });
  const chosen = picked ?? chain;
  account.session.options.log.info('certificate downloaded', { url: chosen.url, serial: chosen.certificates[0]?.serial });
  if (isPicky && picked === undefined) account.session.options.log.warn('no chain meets the preference', { preferredChain, offered: alternates.length + 1 });
  return {
    pem: chosen.pem,
    chain: chosen.certificates,
    url: chosen.url,
    alternates: [chain, ...alternates].filter((one) => one !== chosen),
    alternateUrls,
    preferenceMet: !isPicky || picked !== undefined,
  };
}

/** §7.4.2: alternates begin with the same certificate. One that does not could be for another key or other names. */
function isSameLeaf(alternate: CertificateChain, { chain, account }: { readonly chain: CertificateChain; readonly account: AccountContext }): boolean {
  if (alternate.certificates[0]?.fingerprintSha256 === chain.certificates[0]?.fingerprintSha256) return true;
  account.session.options.log.warn('alternate chain not usable', { url: alternate.url, reason: 'it begins with another certificate' });
  return false;
}

async function fetchAll(account: AccountContext, urls: readonly string[], options: CallOptions): Promise<CertificateChain[]> {
  const { connections, log } = account.session.options;
  const fetched = await mapConcurrent(urls, connections, async (url) => {
    try {
      return [(await fetchChain(account, url, options)).chain];
    } catch (error) {
      if (!(error instanceof AcmeError)) throw error;
      log.warn('alternate chain not usable', { url, code: error.code, error });
      return [];
    }
  });
  return fetched.flat();
}

async function fetchChain(account: AccountContext, url: string, { signal }: CallOptions): Promise<{ chain: CertificateChain; alternateUrls: string[] }> {
  const { session } = account;
  for (let attempt = 1; ; attempt++) {
    try {
      const reply = await sendSigned(session, { url, signer: account.signer(), expected: 'chain', what: 'the certificate' }, { signal });
      return { chain: { url, ...parseChain(reply.text) }, alternateUrls: alternatesOf(account, reply) };
    } catch (error) {
      if (!(error instanceof AcmeProblem) || error.status !== 404 || attempt >= mostNotFound) throw error;
      await session.clock.sleep(backoffDelay(attempt, { random: session.options.random }), { signal });
    }
  }
}

/** §7.4.2: any number of Link headers with rel="alternate", relative ones included. Refused URLs are left out. */
function alternatesOf(account: AccountContext, reply: Reply): string[] {
  return linkTargets(reply.headers['link'], 'alternate', reply.url)
    .filter((target) => {
      try {
        return target !== reply.url && account.session.policy.check(target, 'the url of an alternate chain') !== '';
      } catch {
        return false;
      }
    })
    .slice(0, mostAlternates);
}

/**
 * Reads a chain: nothing but certificates (§9.1: a private key in it would end up in a world-readable file), leaf first,
 * each issued by the next. Throws `chainInvalid`.
 */
export function parseChain(text: string): { readonly pem: string; readonly certificates: readonly Certificate[] } {
  const certificates = certificatesIn(text);
  for (const [index, certificate] of certificates.entries()) checkLink(certificate, certificates[index + 1], index + 1);
  return { pem: isBare(text) ? endedByNewline(text) : certificates.map((one) => one.pem).join(''), certificates };
}

/** §9.1: no text around the blocks. What a server puts there all the same does not get into files. */
function isBare(text: string): boolean {
  return text.replaceAll(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g, '').trim() === '';
}

function endedByNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

function certificatesIn(text: string): Certificate[] {
  try {
    const blocks = parsePem(text);
    if (blocks.length === 0 || blocks.length > mostCertificates) throw chainInvalid(`the chain has ${blocks.length} certificates`);
    const foreign = blocks.find((block) => block.label !== 'CERTIFICATE');
    if (foreign !== undefined) throw chainInvalid(`the chain holds a "${foreign.label.slice(0, 40).replaceAll(/[^\x20-\x7e]/g, '?')}"`);
    return blocks.map((block) => parseCertificate(block.bytes));
  } catch (cause) {
    if (cause instanceof AcmeError) throw cause;
    throw chainInvalid('the chain cannot be read', cause);
  }
}

function checkLink(child: Certificate, parent: Certificate | undefined, place: number): void {
  let isLinked: boolean;
  try {
    isLinked = parent === undefined || links(child, parent);
  } catch (cause) {
    throw chainInvalid(`certificate ${place} of the chain cannot be read`, cause);
  }
  if (!isLinked) throw chainInvalid(`certificate ${place} of the chain was not issued by the one that follows it`);
}

/** Where the algorithm is none of the usual ones (Merkle tree certificates are coming), names and key ids must do. */
function links(child: Certificate, parent: Certificate): boolean {
  return isIssuedBy(child, parent) && (verifySignature(child, parent) || !usualAlgorithms.has(child.signatureAlgorithmOid));
}

function checkLeaf({ certificates }: CertificateChain, { key, identifiers = [] }: DownloadOptions): void {
  const [leaf] = certificates;
  if (leaf === undefined) throw chainInvalid('the chain has no certificate');
  if (key !== undefined && !Buffer.from(leaf.spkiDer).equals(spkiDer(key))) throw chainInvalid('the certificate is for another key than the one in the request');
  const names = new Set(namesOf(leaf).map(identifierKey));
  const missing = identifiers.find((one) => !names.has(identifierKey(one)));
  if (missing !== undefined) throw chainInvalid(`the certificate lacks "${missing.value}"`);
}

function namesOf(leaf: Certificate): readonly Identifier[] {
  try {
    return leaf.identifiers;
  } catch (cause) {
    throw chainInvalid('the names of the certificate cannot be read', cause);
  }
}

function chainInvalid(message: string, cause?: unknown): AcmeError {
  return new AcmeError('chainInvalid', message, { cause, hint: 'the certificate can be downloaded again from its order: nothing was used up' });
}
