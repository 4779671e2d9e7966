// What browsers and operators fetch without an account: a page that says what this is, the roots to trust, revocation lists.
import { paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import type { CaResponse, Exchange } from './exchange.ts';
import { urlOf } from './respond.ts';

/** One screen of text for a person who opens the authority's address. */
export function readHome({ ca }: Exchange): CaResponse {
  const roots = ca.authority.roots.map((root, index) => `${urlOf(ca, `${paths.roots}/${index}`)}  ${root.commonName}  SHA-256 ${root.fingerprintSha256}`);
  const lines = [
    `${ca.name}: an ACME certificate authority (RFC 8555).`,
    '',
    `directory: ${urlOf(ca, paths.directory)}`,
    'roots to trust:',
    ...roots.map((line) => `  ${line}`),
    ...(ca.mode === 'test' ? ['', 'TEST MODE: nothing should trust these roots'] : []),
    ...ca.warnings.map((warning) => `warning: ${warning}`),
    '',
  ];
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: lines.join('\n') };
}

/** All roots as PEM. */
export function readRoots({ ca }: Exchange): CaResponse {
  return pem(ca.authority.roots.map((root) => root.pem).join(''));
}

/** One root as PEM, counted from 0; a `.pem` at the end does no harm. */
export function readRoot({ ca, params }: Exchange): CaResponse {
  const index = /^(\d{1,3})(?:\.pem)?$/.exec(params['index'] ?? '')?.[1];
  const root = index === undefined ? undefined : ca.authority.roots[Number(index)];
  if (root === undefined) throw new Problem('malformed', 'there is no such root', { status: 404 });
  return pem(root.pem);
}

function pem(body: string): CaResponse {
  return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body };
}

/** The revocation list of an issuer, in DER (RFC 5280 §4.2.1.13). */
export function readCrl({ ca, params }: Exchange): CaResponse {
  const issuerId = /^([\w-]+)\.crl$/.exec(params['issuer'] ?? '')?.[1];
  if (issuerId === undefined || !ca.authority.hasIssuer(issuerId)) {
    throw new Problem('malformed', 'there is no such revocation list', { status: 404 });
  }
  const { crlDer, thisUpdate } = ca.revocationLists.current(issuerId);
  return {
    status: 200,
    headers: { 'content-type': 'application/pkix-crl', 'last-modified': thisUpdate.toUTCString(), 'cache-control': 'no-cache' },
    body: crlDer,
  };
}
