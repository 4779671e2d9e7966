// Reads the machine's own apt sources, only to learn which Debian mirror it uses and which keyring it trusts for it.

/** @typedef {{ readonly uri: string, readonly signedBy: string | undefined }} Mirror */

const archiveKeyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/**
 * The main Debian mirror named in the given files, the newer deb822 format and the one-line format alike.
 * @param {readonly { readonly path: string, readonly text: string }[]} files
 * @returns {Mirror | undefined}
 */
export function findMirror(files) {
  const found = files.flatMap(({ path, text }) => (path.endsWith('.sources') ? readStanzas(text) : readLines(text)));
  return found.find((mirror) => /\/debian(?:\/|\.list)?$/.test(mirror.uri));
}

/**
 * @param {string} text
 * @returns {Mirror[]}
 */
function readStanzas(text) {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (/** @type {string} */ name) =>
      new RegExp(`^${name}:[ \\t]*(.+)$`, 'im').exec(stanza)?.[1]?.trim();
    const uri = field('URIs')?.split(/\s+/)[0];
    const usable = /\bdeb\b/.test(field('Types') ?? '') && !/^no$/i.test(field('Enabled') ?? 'yes');
    const signedBy = field('Signed-By');
    // A key written inline in the stanza is not a path.
    return uri !== undefined && usable ? [{ uri, signedBy: signedBy?.startsWith('/') ? signedBy : undefined }] : [];
  });
}

/**
 * @param {string} text
 * @returns {Mirror[]}
 */
function readLines(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+\S+/.exec(line);
    if (match?.groups?.['uri'] === undefined) return [];
    return [{ uri: match.groups['uri'], signedBy: /signed-by=(\S+)/.exec(match.groups['options'] ?? '')?.[1] }];
  });
}

/**
 * The text of a sources.list that names other suites of the same mirror.
 * @param {Mirror} mirror
 * @param {readonly string[]} suites
 * @param {(path: string) => boolean} exists
 */
export function sourcesList(mirror, suites, exists) {
  const keyring = [mirror.signedBy, ...archiveKeyrings].find((path) => path !== undefined && exists(path));
  const options = keyring === undefined ? '' : `[signed-by=${keyring}] `;
  return suites.map((suite) => `deb ${options}${mirror.uri} ${suite} main\n`).join('');
}
