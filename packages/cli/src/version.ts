// What `--version` prints. Loaded on the shortest path of all, so it imports nothing.

/** Our version: digits and dots only, because Certbot compares the one in renewal configurations by components. */
export const version = '0.1.0';

/**
 * The Certbot whose options, files and output we match. Printed under the name `certbot`, because scripts parse that
 * number to learn which options they may use; our own number would send them to code paths of 2015.
 */
export const compatibleCertbotVersion = '5.6.0';

/** The line for `--version`. */
export function versionLine(program: string): string {
  return program === 'certbot' ? `certbot ${compatibleCertbotVersion}` : `certward ${version}`;
}
