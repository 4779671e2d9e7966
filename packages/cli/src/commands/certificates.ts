// `certificates`: lists what is there. Reads only, takes no lock, talks to nobody.
import { openLineageStore, type ListedLineage, StoreError } from '@certward/engine';
import { describeError } from '@certward/base';
import type { Command, Context } from '../context.ts';
import { isExpired } from '../report/dates.ts';
import { keyTypeLabel, listedSerial } from '../report/certificate-facts.ts';
import { type ListedCertificate, reportCertificates } from '../report/certificate-list.ts';
import { requestedIdentifiers } from '../settings/names.ts';
import { isStagingServer } from '../settings/server.ts';

type Readable = Extract<ListedLineage, { readonly status: 'ok' }>;

/** Runs the verb. `--cert-name` selects one, `-d` those that have any of the names. */
export const certificates: Command = async (context) => {
  const { arguments: { values }, folders, terminal, clock } = context;
  const now = clock.now();
  const lineages = readLineages(context);
  const readable = lineages.filter((one) => one.status === 'ok');
  const wanted = new Set(requestedIdentifiers(values).map(({ value }) => value));
  const selected = wanted.size === 0 ? readable : readable.filter(({ certificate }) => certificate.identifiers.some(({ value }) => wanted.has(value)));
  const broken = lineages.filter((one) => one.status === 'broken');
  const listed = selected.map((lineage) => ({ lineage, shown: describe(lineage, now) }));
  reportCertificates(
    {
      certificates: listed.map(({ shown }) => shown),
      invalid: broken.map(({ confPath }) => confPath),
      filtered: wanted.size > 0 || values.certName !== undefined,
      // A name that no certificate has selects none; that is no error, as with Certbot.
      anyReadable: readable.length > 0 || (values.certName !== undefined && readLineageNames(context).length > 0),
      label: values.identifierLabel,
    },
    { terminal, now },
  );
  return {
    result: () => ({
      configDir: folders.config,
      certificates: listed.map(({ lineage, shown }) => asJson(lineage, shown)),
      invalid: broken.map(({ name, confPath, problem }) => ({ name, path: confPath, problem: describeError(problem) })),
    }),
  };
};

function readLineageNames({ folders }: Context): readonly string[] {
  return openLineageStore({ configDir: folders.config }).names();
}

function readLineages({ arguments: { values }, folders }: Context): readonly ListedLineage[] {
  const store = openLineageStore({ configDir: folders.config });
  if (values.certName === undefined) return store.list();
  try {
    const { name, confPath, conf, certificate } = store.load(values.certName, { repair: false });
    return [{ status: 'ok', name, confPath, conf, certificate }];
  } catch (error) {
    if (error instanceof StoreError && error.code === 'lineageNotFound') return [];
    throw error;
  }
}

function describe({ name, conf, certificate }: Readable, now: Date): ListedCertificate {
  const flaws = [...(isStagingServer(conf.server) ? ['TEST_CERT'] : []), ...(isExpired(certificate.notAfter, now) ? ['EXPIRED'] : [])];
  return {
    name,
    serial: listedSerial(certificate.serial),
    keyType: keyTypeLabel(certificate.spkiDer),
    identifiers: certificate.identifiers.map(({ value }) => value),
    notAfter: certificate.notAfter,
    flaws,
    certificatePath: conf.links.fullchain,
    privateKeyPath: conf.links.privkey,
  };
}

function asJson({ conf, certificate, confPath }: Readable, { name, serial, keyType, identifiers, flaws }: ListedCertificate) {
  return {
    name,
    serial,
    keyType: keyType.toLowerCase(),
    identifiers,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    valid: flaws.length === 0,
    flaws: flaws.map((flaw) => flaw.toLowerCase()),
    server: conf.server,
    paths: { ...conf.links, renewalConf: confPath },
  };
}
