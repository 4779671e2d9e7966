// A lineage as `--json` shows it after it was obtained or kept.
import type { Lineage } from '@certward/engine';
import { listedSerial } from './certificate-facts.ts';

/** Name, certificate and paths. */
export function describeLineage({ name, certificate, links, confPath, conf }: Lineage) {
  return {
    name,
    serial: listedSerial(certificate.serial),
    identifiers: certificate.identifiers.map(({ value }) => value),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    server: conf.server,
    paths: { ...links, renewalConf: confPath },
  };
}
