// Certificate download (RFC 8555 §7.4.2): the chain in PEM, leaf first, with links to the alternate chains.
import { fillPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import type { AccountExchange, CaResponse } from './exchange.ts';
import { encodePem } from '@certward/pki';
import { link, urlOf } from './respond.ts';

/** POST-as-GET of a certificate, or of one of its alternate chains. Only the account that ordered it may. */
export function downloadCertificate({ account, ca, params }: AccountExchange): CaResponse {
  const serial = params['serial'] ?? '';
  const certificate = ca.store.certificateBySerial(serial);
  if (certificate === undefined || certificate.accountId !== account.id) {
    throw new Problem('malformed', 'this account has no such certificate', { status: 404 });
  }
  const chains = ca.authority.chainsOf(certificate.issuerId);
  const wanted = params['chain'] ?? '0';
  const chain = /^\d{1,3}$/.test(wanted) ? chains[Number(wanted)] : undefined;
  if (chain === undefined) throw new Problem('malformed', 'there is no such alternate chain', { status: 404 });
  const alternates = [...chains.keys()].filter((index) => index !== Number(wanted));
  return {
    status: 200,
    headers: {
      'content-type': 'application/pem-certificate-chain',
      link: alternates.map((index) => link(urlOf(ca, chainPath(serial, index)), 'alternate')),
    },
    body: [encodePem('CERTIFICATE', certificate.certificateDer), ...chain.map((one) => one.pem)].join(''),
  };
}

function chainPath(serial: string, index: number): string {
  return index === 0 ? fillPath(paths.certificate, { serial }) : fillPath(paths.alternate, { serial, chain: index });
}
