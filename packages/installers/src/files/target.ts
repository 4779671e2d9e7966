// What a file target is: files made from a certificate, a command that makes a program read them, and a check that it did.
// Terms: an *output* is one file; its *format* says what is inside; a *part* is one of the four PEM files of a lineage.

/** The PEM files of a lineage. */
export type PemPart = 'cert' | 'chain' | 'fullchain' | 'privkey';

/** Where a passphrase comes from; it is read when it is needed and never stored. */
export type PassphraseSource = { readonly file: string } | { readonly env: string };

/** What is inside of a file. */
export type OutputFormat =
  | { readonly format: 'pem'; readonly part: PemPart }
  /** Several parts in one file, in that order. */
  | { readonly format: 'combined'; readonly order: readonly PemPart[] }
  /** PKCS#12: AES-256 and SHA-256, or with `legacy` triple DES and SHA-1 for programs that know nothing else. */
  | { readonly format: 'pfx'; readonly passphrase: PassphraseSource; readonly legacy: boolean; readonly friendlyName: string | undefined }
  /** Java's own format; the passphrase protects the store and the key. */
  | { readonly format: 'jks'; readonly passphrase: PassphraseSource; readonly alias: string };

/** One file. */
export type Output = OutputFormat & {
  readonly path: string;
  /** Name or number; default: whoever owns the file now, or runs this. */
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** Permission bits. Default 0600 where the file holds a key, otherwise 0644. */
  readonly mode: number;
};

/** How a mail protocol turns a plain connection into TLS. */
export type StartTls = 'smtp' | 'imap' | 'pop3';

/** A connection that must be served the new certificate. */
export interface TlsCheck {
  readonly host: string;
  readonly port: number;
  /** The name that is asked for. Default: none, as the program then shows its default certificate. */
  readonly servername: string | undefined;
  /** Undefined: TLS from the first byte. */
  readonly startTls: StartTls | undefined;
  /** How long the program may take to show it. */
  readonly timeoutMs: number;
}

/** A program that takes its certificate from files. */
export interface FileTarget {
  readonly name: string;
  readonly outputs: readonly Output[];
  /** A program and its arguments; no shell. Undefined: the files are all there is to do. */
  readonly command: readonly string[] | undefined;
  readonly check: TlsCheck | undefined;
}
