// Options that name folders and files.
import { text, textOr } from '../option.ts';

export const pathOptions = {
  configDir: textOr('/etc/letsencrypt', { flags: ['--config-dir'], topics: ['paths'], saved: 'config_dir', help: 'folder of certificates, accounts and settings' }),
  workDir: textOr('/var/lib/letsencrypt', { flags: ['--work-dir'], topics: ['paths'], saved: 'work_dir', help: 'folder of working files' }),
  logsDir: textOr('/var/log/letsencrypt', { flags: ['--logs-dir'], topics: ['paths'], saved: 'logs_dir', help: 'folder of logs' }),
  certPath: text({ flags: ['--cert-path'], topics: ['paths', 'certonly', 'revoke'], help: 'where the certificate is saved (with --csr) or the certificate to revoke' }),
  keyPath: text({ flags: ['--key-path'], topics: ['paths', 'revoke'], help: "the certificate's private key, to revoke without an account" }),
  fullchainPath: text({ flags: ['--fullchain-path'], topics: ['paths', 'certonly'], help: 'where certificate and chain are saved together (with --csr)' }),
  chainPath: text({ flags: ['--chain-path'], topics: ['paths', 'certonly'], help: 'where the chain is saved (with --csr)' }),
} as const;
