// Options that were removed from Certbot or never did anything, and still stand in scripts and cli.ini files.
// Each is accepted with one warning and has no effect.
import { deadFlag, deadText } from '../option.ts';

export const deadOptions = {
  deadOsPackagesOnly: deadFlag('--os-packages-only'),
  deadNoSelfUpgrade: deadFlag('--no-self-upgrade'),
  deadNoBootstrap: deadFlag('--no-bootstrap'),
  deadNoPermissionsCheck: deadFlag('--no-permissions-check'),
  deadManualPublicIpLoggingOk: deadFlag('--manual-public-ip-logging-ok'),
  deadAgreeDevPreview: deadFlag('--agree-dev-preview'),
  deadDialog: deadFlag('--dialog'),
  deadTlsSni01Port: deadText('--tls-sni-01-port'),
  deadTlsSni01Address: deadText('--tls-sni-01-address'),
  deadStandaloneSupportedChallenges: deadText('--standalone-supported-challenges'),
  deadApacheInitScript: deadText('--apache-init-script'),
  deadDnsRoute53PropagationSeconds: deadText('--dns-route53-propagation-seconds'),
  deadDnsCloudxnsCredentials: deadText('--dns-cloudxns-credentials'),
  deadDnsCloudxnsPropagationSeconds: deadText('--dns-cloudxns-propagation-seconds'),
} as const;
