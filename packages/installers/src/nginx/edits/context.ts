// What the edits of server blocks need to know.
import type { Body } from '../parser/nodes.ts';
import type { Configuration } from '../tree/configuration.ts';

/** Passed to every edit. */
export interface EditContext {
  readonly configuration: Configuration;
  /** Port of plain HTTP; Certbot's `--http-01-port`. */
  readonly httpPort: string;
  readonly httpsPort: string;
  /** The TLS snippets that a block made secure includes. */
  readonly snippets: { readonly optionsPath: string; readonly dhparamsPath: string; readonly options: Body };
}
