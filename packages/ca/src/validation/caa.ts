// CAA (RFC 8659) with the account and method binding of RFC 8657: may this authority issue for this name at all?
import type { Identifier } from '@certward/pki';
import { Problem } from '../problem.ts';
import type { CaaProperty, Resolver } from './resolver.ts';

/** What is held against the records. */
export interface CaaCheck {
  readonly resolver: Resolver;
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  /** The names under which this authority appears in CAA records. */
  readonly identities: readonly string[];
  readonly accountUrl: string;
  readonly challengeType: string;
  readonly signal: AbortSignal;
}

const knownTags = ['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone'];

/** Throws `caa` where the records forbid issuance, `dns` where they cannot be read. Addresses have none. */
export async function checkCaa(check: CaaCheck): Promise<void> {
  const { identifier } = check;
  if (identifier.type !== 'dns') return;
  // RFC 8659 §3: climb towards the root; the first name with any CAA record decides.
  for (let labels = identifier.value.split('.'); labels.length > 0; labels = labels.slice(1)) {
    const name = labels.join('.');
    const properties = await check.resolver.caa(name, { signal: check.signal });
    if (properties.length > 0) {
      decide(properties, name, check);
      return;
    }
  }
}

function decide(properties: readonly CaaProperty[], name: string, check: CaaCheck): void {
  const unknown = properties.find(({ isCritical, tag }) => isCritical && !knownTags.includes(tag));
  if (unknown !== undefined) throw new Problem('caa', `the CAA records of "${name}" have the unknown critical property "${unknown.tag}"`);
  const wild = properties.filter(({ tag }) => tag === 'issuewild');
  const relevant = check.wildcard && wild.length > 0 ? wild : properties.filter(({ tag }) => tag === 'issue');
  // A set that speaks only of other things, such as iodef, restricts nothing (§4.1).
  if (relevant.length === 0 || relevant.some(({ value }) => allows(value, check))) return;
  throw new Problem('caa', `the CAA records of "${name}" do not allow this authority to issue`);
}

function allows(value: string, { accountUrl, challengeType, identities }: CaaCheck): boolean {
  const parsed = parseIssueValue(value);
  if (parsed === undefined || !identities.some((identity) => identity.toLowerCase() === parsed.issuer)) return false;
  const { parameters } = parsed;
  const accountUri = parameters.get('accounturi');
  const methods = parameters.get('validationmethods');
  if (accountUri !== undefined && accountUri !== accountUrl) return false;
  return methods === undefined || methods.split(',').some((method) => method.trim() === challengeType);
}

/** A parsed issue value: the issuer's domain name (maybe empty) and its parameters. */
export interface IssueValue {
  readonly issuer: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads `<issuer>; name=value; …` (RFC 8659 §4.2). Undefined where it is malformed or names a parameter twice. */
export function parseIssueValue(value: string): IssueValue | undefined {
  const [issuer = '', ...rest] = value.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    if (part === '') continue;
    const [, name, text] = /^([A-Za-z0-9-]+)\s*=\s*([\x21-\x3a\x3c-\x7e]*)$/.exec(part) ?? [];
    if (name === undefined || text === undefined || parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), text);
  }
  return /^[A-Za-z0-9.-]*$/.test(issuer) ? { issuer: issuer.toLowerCase().replace(/\.$/, ''), parameters } : undefined;
}
