// certonly --csr: names from the request, files beside each other under names that are free.
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, standalone } from './support/words.ts';

const request = (lane: Lane, form: 'PEM' | 'DER') => {
  const file = lane.sandbox.join(`request.${form}`);
  const key = lane.sandbox.join('key.pem');
  execFileSync('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', file, '-outform', form, '-subj', '/CN=a.test', '-addext', 'subjectAltName=DNS:a.test,DNS:b.test'], { stdio: 'ignore' });
  return file;
};

/** Our sentence does not name the program, and needs no frame below it. */
const nextSteps = (text: string) => text.replace(' by Certbot.', '.').replace('the same Certbot command', 'the same command').replace(/(again\.\n)- (?:- )+-\n/, '$1');

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('a signing request in turns', { timeout: patienceMs }, () => {
  test('gives the same files with the same modes, and the same text', async () => {
    const seen = new Set<string>();
    const files = (lane: Lane) => readdirSync(lane.cwd).map((name) => `${name} ${(lstatSync(path.join(lane.cwd, name)).mode & 0o777).toString(8)}`);
    const look = (lane: Lane) => void seen.add(files(lane).sort().join(', '));
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...standalone(lane), '--csr', request(lane, 'PEM')), text: nextSteps, after: look },
        { args: (lane) => issue(lane, ...standalone(lane), '--csr', request(lane, 'DER')), text: nextSteps },
        { args: (lane) => issue(lane, ...standalone(lane), '--csr', request(lane, 'PEM'), '-d', 'a.test,b.test', '--cert-path', lane.sandbox.join('c.pem'), '--fullchain-path', lane.sandbox.join('f.pem'), '--chain-path', lane.sandbox.join('h.pem')), text: nextSteps },
        { args: (lane) => issue(lane, ...standalone(lane), '--csr', request(lane, 'PEM'), '-d', 'c.test'), code: 1, text: false },
        { args: (lane) => issue(lane, ...standalone(lane), '--csr', lane.sandbox.write('bad.pem', 'no request')), code: 1, text: false },
        { args: (lane) => issue(lane, ...standalone(lane), '--csr', request(lane, 'PEM'), '--dry-run') },
        { args: (lane) => ['renew', '--no-random-sleep-on-renew', '--csr', request(lane, 'PEM')], code: 1, text: false },
      ],
    });
    expect([...seen]).toEqual(['0000_cert.pem 644, 0000_chain.pem 644, 0001_chain.pem 644']);
  });
});
