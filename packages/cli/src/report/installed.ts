// What is said when a web server uses a certificate. Texts as Certbot's; scripts match on them.
import type { Terminal } from '../terminal/terminal.ts';

/** Prints the success text. */
export function reportInstalled(names: readonly string[], { renewed }: { readonly renewed: boolean }, terminal: Terminal): void {
  if (renewed) terminal.result('Your existing certificate has been successfully renewed, and the new certificate has been installed.');
  else terminal.result(`Congratulations! You have successfully enabled HTTPS on ${joinUrls(names)}`);
}

/** `https://a`, `https://a and https://b`, `https://a, https://b, and https://c` */
function joinUrls(names: readonly string[]): string {
  const urls = names.map((name) => `https://${name}`);
  if (urls.length <= 2) return urls.join(' and ');
  return `${urls.slice(0, -1).join(', ')}, and ${urls.at(-1) ?? ''}`;
}
