// What is known of one certificate's renewal without asking anybody: its validity, its configuration, the stored choice.
import { decideRenewal, isAriCheckDue, readRenewalState, type RenewalConf, type RenewalDecision, type RenewalPolicy } from '@certward/engine';
import type { Certificate } from '@certward/pki';
import { isExpired } from '../report/dates.ts';

/** A lineage as far as renewal is concerned. */
export interface RenewalCandidate {
  readonly name: string;
  readonly confPath: string;
  readonly conf: RenewalConf;
  readonly certificate: Certificate;
}

/** Decides from what is stored. Throws `confMalformed` where the configuration is not understood. */
export function decide({ conf, certificate }: RenewalCandidate, now: Date, policy: Pick<RenewalPolicy, 'force' | 'autorenew'> = {}): RenewalDecision {
  const { notBefore, notAfter } = certificate;
  // The stored waits after failures are the server's business: whoever starts this command wants an attempt now.
  return decideRenewal({
    validity: { notBefore, notAfter },
    now,
    ari: readRenewalState(conf, certificate.serial).ari,
    policy: { autorenew: conf.params.autorenew, renewBeforeExpirySeconds: conf.renewBeforeExpirySeconds, ...policy },
  });
}

/** Whether the CA is to be asked when it would like a renewal. Expired certificates are due anyway. */
export function isQuestionDue({ conf, certificate }: RenewalCandidate, now: Date): boolean {
  return !isExpired(certificate.notAfter, now) && isAriCheckDue(readRenewalState(conf, certificate.serial).ari, now);
}
