// --preferred-challenges: the words people write and the challenge types they mean.
import type { ChallengeType } from '@certward/engine';
import { cliError } from '../errors.ts';
import { splitList } from './names.ts';

const words: Readonly<Record<string, ChallengeType>> = {
  http: 'http-01',
  dns: 'dns-01',
  'tls-alpn': 'tls-alpn-01',
  'dns-account': 'dns-account-01',
  'http-01': 'http-01',
  'dns-01': 'dns-01',
  'tls-alpn-01': 'tls-alpn-01',
  'dns-account-01': 'dns-account-01',
};

/** The challenge types in order of preference. Throws `argumentSyntax`, as Certbot's parser, for a type that nobody answers. */
export function parsePreferredChallenges(values: readonly string[]): readonly ChallengeType[] {
  return splitList(values).map((word) => {
    const type = Object.hasOwn(words, word) ? words[word] : undefined;
    if (type !== undefined) return type;
    const hint = word.startsWith('tls-sni') ? 'tls-sni-01 was switched off in 2019; what proves control on port 443 today is tls-alpn' : undefined;
    throw cliError('argumentSyntax', `Unrecognized challenges: ${word}`, { hint });
  });
}
