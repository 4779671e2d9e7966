// The errors of DNS providers. No credential is ever part of a message, a detail or a hint.
import { AppError } from '@certward/base';

/** Codes of {@link DnsProviderError}. */
export type DnsProviderErrorCode =
  | 'providerUnknown'
  | 'credentialsMissing'
  | 'credentialsInvalid'
  | 'serverUnreachable'
  | 'accessDenied'
  | 'clockSkewed'
  | 'zoneNotServed'
  | 'recordInvalid'
  | 'answerUntrusted'
  | 'answerMalformed'
  | 'updateFailed';

/** A DNS provider cannot do what was asked. */
export class DnsProviderError extends AppError<DnsProviderErrorCode> {
  override readonly name = 'DnsProviderError';
}
