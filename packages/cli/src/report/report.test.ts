import { describe, expect, test } from 'vitest';
import { Terminal } from '../terminal/terminal.ts';
import { reportCertificates } from './certificate-list.ts';
import { formatRemaining } from './dates.ts';
import { reportIssued } from './issued.ts';
import { type RenewalOutcomes, reportRenewals } from './renewal-summary.ts';

const frame = `${'- '.repeat(39)}-`;

function capture(print: (terminal: Terminal) => void): { out: string; error: string } {
  let [out, error] = ['', ''];
  const streams = {
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    writeOut: (text: string) => void (out += text),
    writeError: (text: string) => void (error += text),
  };
  print(new Terminal(streams, { quiet: false, json: false, verbosity: 0, colours: false }));
  return { out, error };
}

describe('certificates', () => {
  const now = new Date('2026-11-20T14:12:01Z');
  const one = {
    name: 'example.com',
    serial: '3f2a',
    keyType: 'ECDSA',
    identifiers: ['example.com', 'www.example.com'],
    notAfter: new Date('2027-02-18T14:12:01Z'),
    flaws: [],
    certificatePath: '/etc/letsencrypt/live/example.com/fullchain.pem',
    privateKeyPath: '/etc/letsencrypt/live/example.com/privkey.pem',
  };

  test('are listed in the shape that scripts parse', () => {
    const { out } = capture((terminal) => reportCertificates({ certificates: [one], invalid: [], filtered: false, anyReadable: true, label: 'Identifiers' }, { terminal, now }));
    expect(out).toBe(`
${frame}
Found the following certs:
  Certificate Name: example.com
    Serial Number: 3f2a
    Key Type: ECDSA
    Identifiers: example.com www.example.com
    Expiry Date: 2027-02-18 14:12:01+00:00 (VALID: 90 days)
    Certificate Path: /etc/letsencrypt/live/example.com/fullchain.pem
    Private Key Path: /etc/letsencrypt/live/example.com/privkey.pem
${frame}
`);
  });

  test('none, filtered, flawed and invalid ones', () => {
    expect(capture((terminal) => reportCertificates({ certificates: [], invalid: [], filtered: false, anyReadable: false, label: 'Identifiers' }, { terminal, now })).out).toContain('\nNo certificates found.\n');
    const { out } = capture((terminal) => reportCertificates({ certificates: [{ ...one, flaws: ['TEST_CERT', 'EXPIRED'] }], invalid: ['/r/x.conf'], filtered: true, anyReadable: true, label: 'Identifiers' }, { terminal, now }));
    expect(out).toContain('Found the following matching certs:');
    expect(out).toContain('(INVALID: TEST_CERT, EXPIRED)');
    expect(out).toContain('\nThe following renewal configurations were invalid:\n  /r/x.conf\n');
  });

  test.each([
    [90, 'VALID: 90 days'],
    [1.5, 'VALID: 1 day'],
    [0.25, 'VALID: 6 hour(s)'],
  ])('%d days left read "%s"', (days, text) => {
    expect(formatRemaining(new Date(now.getTime() + days * 86_400_000), now)).toBe(text);
  });
});

describe('the summary of renew', () => {
  const none: RenewalOutcomes = { succeeded: [], failed: [], notDue: [], waiting: [], invalid: [], dryRun: false, hooksConfigured: false };
  const of = (outcomes: Partial<RenewalOutcomes>) => capture((terminal) => reportRenewals({ ...none, ...outcomes }, terminal));

  test('nothing due', () => {
    expect(of({ notDue: ['/l/a/fullchain.pem expires on 2027-02-18'], hooksConfigured: true }).out).toBe(
      `\n${frame}\nThe following certificates are not due for renewal yet:\n  /l/a/fullchain.pem expires on 2027-02-18 (skipped)\nNo renewals were attempted.\nNo hooks were run.\n${frame}\n`,
    );
  });

  test('all succeeded', () => {
    expect(of({ succeeded: ['/l/a/fullchain.pem'] }).out).toContain('Congratulations, all renewals succeeded: \n  /l/a/fullchain.pem (success)\n');
    expect(of({ succeeded: ['/l/a/fullchain.pem'], dryRun: true }).out).toContain('Congratulations, all simulated renewals succeeded: ');
  });

  test('all failed: on stderr', () => {
    expect(of({ failed: ['/l/a/fullchain.pem'] }).error).toBe('All renewals failed. The following certificates could not be renewed:\n  /l/a/fullchain.pem (failure)\n');
  });

  test('some failed, some invalid', () => {
    const { out, error } = of({ succeeded: ['/a'], failed: ['/b'], invalid: ['/r/x.conf'] });
    expect(out).toContain('The following renewals succeeded:\n  /a (success)\n');
    expect(error).toContain('The following renewals failed:\n  /b (failure)\n');
    expect(out).toContain('Additionally, the following renewal configurations were invalid: \n  /r/x.conf (parsefail)\n');
  });
});

test('the success text has the lines that scripts match on', () => {
  const report = {
    fullchainPath: '/etc/letsencrypt/live/a.test/fullchain.pem',
    privkeyPath: '/etc/letsencrypt/live/a.test/privkey.pem',
    notAfter: new Date('2027-02-18T00:00:00Z'),
    renewable: true,
    preconfiguredRenewal: true,
    nextSteps: [],
    program: 'certbot',
  };
  expect(capture((terminal) => reportIssued(report, terminal)).out).toContain(`
Successfully received certificate.
Certificate is saved at: /etc/letsencrypt/live/a.test/fullchain.pem
Key is saved at:         /etc/letsencrypt/live/a.test/privkey.pem
This certificate expires on 2027-02-18.
These files will be updated when the certificate renews.
Certbot has set up a scheduled task to automatically renew this certificate in the background.
`);
});
