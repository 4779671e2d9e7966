// Named issuance policies (draft-ietf-acme-profiles): what an order may contain and how long things live.
import type { Identifier } from '@certward/pki';
import type { ChallengeType } from './model.ts';

const hour = 60 * 60;
const day = 24 * hour;

/** One profile, complete. */
export interface Profile {
  /** Shown in the directory: human text or a URL. */
  readonly description: string;
  readonly lifetimeSeconds: number;
  readonly identifierTypes: readonly Identifier['type'][];
  readonly maxIdentifiers: number;
  readonly challengeTypes: readonly ChallengeType[];
  /** How long a proof of control is good for further orders. Short by default: cached proofs outlive the control they prove. */
  readonly authorizationLifetimeSeconds: number;
  readonly pendingAuthorizationLifetimeSeconds: number;
  readonly orderLifetimeSeconds: number;
  /** Whether the first DNS name is also put into the subject. Off: nothing modern reads it. */
  readonly commonName: boolean;
}

/** A profile as the operator writes it; what is left out comes from {@link defaultProfile}. */
export type ProfileOptions = Partial<Profile>;

const defaultProfile: Profile = {
  description: 'ninety days, names and addresses',
  lifetimeSeconds: 90 * day,
  identifierTypes: ['dns', 'ip'],
  maxIdentifiers: 100,
  challengeTypes: ['http-01', 'tls-alpn-01', 'dns-01'],
  authorizationLifetimeSeconds: 7 * hour,
  pendingAuthorizationLifetimeSeconds: day,
  orderLifetimeSeconds: 7 * day,
  commonName: false,
};

/** The profiles of an authority that was not told otherwise; the first is chosen where an order names none. */
export const defaultProfiles: Readonly<Record<string, ProfileOptions>> = {
  default: {},
  shortlived: { description: 'six days, names and addresses', lifetimeSeconds: 6 * day },
};

/** Completes what the operator wrote. Order is kept: the first profile is the default one. */
export function completeProfiles(profiles: Readonly<Record<string, ProfileOptions>>): ReadonlyMap<string, Profile> {
  return new Map(Object.entries(profiles).map(([name, profile]) => [name, { ...defaultProfile, ...profile }]));
}

/** What lives less than this is not used again: a client needs time to act on it. */
export function reuseMarginMs(lifetimeSeconds: number): number {
  return Math.min(hour, lifetimeSeconds / 2) * 1000;
}
