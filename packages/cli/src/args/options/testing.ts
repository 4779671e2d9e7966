// Options for trials against staging servers and for looking closely.
import { flag } from '../option.ts';

export const testingOptions = {
  staging: flag({ flags: ['--test-cert', '--staging'], topics: ['testing', 'certonly', 'register'], help: "use the CA's staging server, whose certificates nobody trusts" }),
  breakMyCerts: flag({ flags: ['--break-my-certs'], topics: ['testing'], help: 'let a staging certificate replace a real one' }),
  debug: flag({ flags: ['--debug'], topics: ['testing'], help: 'show the trace of an error' }),
  debugChallenges: flag({ flags: ['--debug-challenges'], topics: ['testing', 'certonly'], help: 'stop before the CA is asked to validate; with -v show what was put in place' }),
  noVerifySsl: flag({ flags: ['--no-verify-ssl'], topics: ['testing'], help: "do not verify the ACME server's certificate; REQUESTS_CA_BUNDLE names roots to trust instead" }),
} as const;
