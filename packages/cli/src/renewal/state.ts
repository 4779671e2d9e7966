// What is known of one certificate's renewal without asking anybody: its validity, its configuration, the stored choice.
import { decideRenewal, isAriCheckDue, readRenewalState, type RenewalConf, type RenewalDecision } from '@certward/engine';
import type { Certificate } from '@certward/pki';
import { isExpired } from '../report/dates.ts';

/** A lineage as far as renewal is concerned. */
export interface RenewalCandidate {
  readonly name: string;
  readonly confPath: string;
  readonly conf: RenewalConf;
  readonly certificate: Certificate;
}

/** What of the run a decision depends on. */
export interface DecideOptions {
  readonly force?: boolean | undefined;
  /** The CA at which earlier failures are waited for. Default none: a person wants an attempt now. */
  readonly backoffAt?: string | undefined;
}

/** Decides from what is stored. Throws `confMalformed` where the configuration is not understood. */
export function decide({ conf, certificate }: RenewalCandidate, now: Date, { force, backoffAt }: DecideOptions = {}): RenewalDecision {
  const { notBefore, notAfter } = certificate;
  const { ari, failures } = readRenewalState(conf, certificate.serial);
  return decideRenewal({
    validity: { notBefore, notAfter },
    now,
    ari,
    failures: backoffAt === undefined ? undefined : failures.get(backoffAt),
    policy: { autorenew: conf.params.autorenew, renewBeforeExpirySeconds: conf.renewBeforeExpirySeconds, force },
  });
}

/** Whether the CA is to be asked when it would like a renewal. Expired certificates are due anyway. */
export function isQuestionDue({ conf, certificate }: RenewalCandidate, now: Date): boolean {
  return !isExpired(certificate.notAfter, now) && isAriCheckDue(readRenewalState(conf, certificate.serial).ari, now);
}
