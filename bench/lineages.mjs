// Makes a directory as Certbot leaves it behind, with any number of lineages that are not due.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createCertificate, generatePrivateKey, privateKeyToPem } from '@certward/pki';

const dayMs = 86_400_000;

/**
 * Writes `count` lineages below `configDir`.
 * @param {string} configDir
 * @param {number} count
 * @param {string} server the directory URL that the renewal configurations name
 */
export async function writeLineages(configDir, count, server) {
  const [caKey, key] = await Promise.all([newKey(), newKey()]);
  const now = Date.now();
  const validity = { notBefore: new Date(now - dayMs), notAfter: new Date(now + 89 * dayMs) };
  const issuer = createCertificate({
    subjectPublicKey: caKey, issuer: 'self', subject: { commonName: 'Bench CA' },
    identifiers: [], serialBytes: serialOf(0), isCa: true, ...validity,
  });
  const privateKeyPem = privateKeyToPem(key);
  for (const folder of ['archive', 'live', 'renewal']) mkdirSync(path.join(configDir, folder), { recursive: true });
  for (let index = 1; index <= count; index++) {
    const name = `site${String(index).padStart(5, '0')}.bench.test`;
    const certificate = createCertificate({
      subjectPublicKey: key, issuer: { key: caKey, certificate: issuer },
      identifiers: [{ type: 'dns', value: name }, { type: 'dns', value: `www.${name}` }], serialBytes: serialOf(index), ...validity,
    });
    writeLineage(configDir, name, server, {
      cert: certificate.pem, chain: issuer.pem, fullchain: certificate.pem + issuer.pem, privkey: privateKeyPem,
    });
  }
}

/** @param {number} index */
function serialOf(index) {
  return Uint8Array.of(0x4a, 0x10, index >> 16, (index >> 8) & 255, index & 255, 1, 2, 3);
}

function newKey() {
  return generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
}

/** @param {string} configDir @param {string} name @param {string} server @param {Record<string, string>} files */
function writeLineage(configDir, name, server, files) {
  const live = path.join(configDir, 'live', name);
  const archive = path.join(configDir, 'archive', name);
  mkdirSync(live);
  mkdirSync(archive);
  let links = '';
  for (const [kind, pem] of Object.entries(files)) {
    writeFileSync(path.join(archive, `${kind}1.pem`), pem, { mode: kind === 'privkey' ? 0o600 : 0o644 });
    symlinkSync(`../../archive/${name}/${kind}1.pem`, path.join(live, `${kind}.pem`));
    links += `${kind} = ${path.join(live, `${kind}.pem`)}\n`;
  }
  const params = `[renewalparams]\naccount = 00000000000000000000000000000000\nserver = ${server}\nauthenticator = standalone\nkey_type = ecdsa\n`;
  writeFileSync(path.join(configDir, 'renewal', `${name}.conf`), `version = 2.1.0\narchive_dir = ${archive}\n${links}${params}`);
}
