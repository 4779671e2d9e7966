// The README files in `live`. Nobody reads them back; what counts is that a person who looks into the folder finds one.

const files = [
  'privkey.pem    the private key; nobody but the server program should be able to read it',
  'fullchain.pem  the certificate followed by its chain; what nearly every server program wants',
  'chain.pem      the chain alone; for programs that take it separately',
  'cert.pem       the certificate alone; seldom what you need',
];

const warning = [
  'Leave these files where they are. They are links into the archive, and renewal replaces',
  'them; programs that need a copy elsewhere are best served by a deploy hook.',
];

/** The text for `live/README` (with the lineages as sub-folders) or `live/NAME/README`. */
export function liveReadme({ ofLineage }: { readonly ofLineage: boolean }): string {
  const opening = ofLineage ? 'The files of one certificate:' : 'One folder per certificate, each with these files:';
  return [opening, '', ...files.map((line) => `  ${line}`), '', ...warning, '', 'Guide: https://eff-certbot.readthedocs.io/en/stable/using.html', ''].join('\n');
}
