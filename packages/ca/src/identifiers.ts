// Which identifiers an order may name: parsing, the operator's policy, and one problem that names every bad one.
import { AppError } from '@certward/base';
import { baseName, type Identifier, identifierKey, isWildcard, parseDnsName, parseIpAddress } from '@certward/pki';
import { isObject } from './handler/payload.ts';
import { Problem, type ProblemType, type Subproblem } from './problem.ts';
import type { Profile } from './profiles.ts';

/** The operator's say on one identifier: undefined accepts it, a text refuses it and is shown to the client. */
export type IdentifierPolicy = (identifier: Identifier) => string | undefined;

/** Lists of names for {@link createNamePolicy}. */
export interface NameLists {
  /** Names that may be certified, with everything below them; an address has to be listed itself. Absent: all. */
  readonly allow?: readonly string[] | undefined;
  /** Names that may not, with everything below them. Stronger than `allow`. */
  readonly deny?: readonly string[] | undefined;
}

/** A policy from two lists. Names compare label by label: `example.org` covers `a.example.org`, not `badexample.org`. */
export function createNamePolicy({ allow, deny = [] }: NameLists): IdentifierPolicy {
  return (identifier) => {
    const name = baseName(identifier);
    if (deny.some((domain) => covers(domain, name))) return 'the policy of this authority forbids this name';
    if (allow !== undefined && !allow.some((domain) => covers(domain, name))) return 'this authority does not serve this name';
    return undefined;
  };
}

function covers(domain: string, name: string): boolean {
  const wanted = domain.toLowerCase();
  return name === wanted || name.endsWith(`.${wanted}`);
}

/** The distinct identifiers of a payload, in their order, all acceptable under profile and policy. */
export function parseIdentifiers(values: readonly unknown[], profile: Profile, policy: IdentifierPolicy): readonly Identifier[] {
  if (values.length === 0) throw new Problem('malformed', '"identifiers" is empty');
  const accepted = new Map<string, Identifier>();
  const problems: Subproblem[] = [];
  for (const value of values) {
    const result = parseOne(value, profile, policy);
    if ('detail' in result) problems.push(result);
    else accepted.set(identifierKey(result), result);
  }
  if (problems.length > 0) throw identifiersProblem(problems);
  if (accepted.size > profile.maxIdentifiers) {
    throw new Problem('malformed', `an order of this profile may have ${profile.maxIdentifiers} identifiers, this one has ${accepted.size}`);
  }
  return [...accepted.values()];
}

function parseOne(value: unknown, profile: Profile, policy: IdentifierPolicy): Identifier | Subproblem {
  if (!isObject(value) || typeof value['type'] !== 'string' || typeof value['value'] !== 'string') {
    throw new Problem('malformed', 'an identifier must have the strings "type" and "value"');
  }
  const { type, value: text } = value as { type: string; value: string };
  const named = { type: type as Identifier['type'], value: text.slice(0, 256) };
  const refuse = (problem: ProblemType, detail: string): Subproblem => ({ type: problem, detail, identifier: named });
  if (type !== 'dns' && type !== 'ip') return refuse('unsupportedIdentifier', `identifier type "${type.slice(0, 32)}" is not supported`);
  if (!profile.identifierTypes.includes(type)) return refuse('unsupportedIdentifier', `this profile takes no identifiers of type ${type}`);
  try {
    const identifier = type === 'dns' ? parseDns(text) : parseIp(text);
    const refusal = policy(identifier);
    return refusal === undefined ? identifier : refuse('rejectedIdentifier', refusal);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return refuse('rejectedIdentifier', error.message);
  }
}

function parseDns(text: string): Identifier {
  return { type: 'dns', value: parseDnsName(text) };
}

/** RFC 8738 §3: addresses come in the one form of RFC 5952 or RFC 791. */
function parseIp(text: string): Identifier {
  const identifier = parseIpAddress(text);
  if (identifier.value !== text) throw new AppError('nameInvalid', `the address has to be written "${identifier.value}"`);
  return identifier;
}

/** One problem for all: of their common type, else `compound` (RFC 8555 §6.7.1). */
function identifiersProblem(problems: readonly Subproblem[]): Problem {
  const [first] = problems;
  if (first === undefined) throw new TypeError('no problems');
  const isUniform = problems.every(({ type }) => type === first.type);
  const names = problems.map(({ identifier }) => `"${identifier?.value}"`).join(', ');
  const detail = problems.length === 1 ? `${names}: ${first.detail}` : `cannot issue for ${names}`;
  return new Problem(isUniform ? first.type : 'compound', detail, {
    subproblems: problems,
    ...(problems.length === 1 && first.identifier !== undefined ? { identifier: first.identifier } : {}),
  });
}

/** The canonical text of a set of identifiers, whatever their order. */
export function identifierSetKey(identifiers: readonly Identifier[]): string {
  return identifiers.map(identifierKey).sort().join(' ');
}

/** The challenge types of a profile that can prove control of this identifier. */
export function challengeTypesFor(identifier: Identifier, profile: Profile): Profile['challengeTypes'] {
  // RFC 8738 §7: no DNS challenges for addresses. RFC 8555 §7.1.3 and RFC 8737 §3: a wildcard needs a DNS challenge.
  if (identifier.type === 'ip') return profile.challengeTypes.filter((type) => type === 'http-01' || type === 'tls-alpn-01');
  if (isWildcard(identifier)) return profile.challengeTypes.filter((type) => type.startsWith('dns-'));
  return profile.challengeTypes;
}
