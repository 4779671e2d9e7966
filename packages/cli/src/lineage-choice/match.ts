// Which existing certificate a request for names is about. Pure; asking and deciding is in `choose.ts`.
import { type Identifier, identifierKey, sameIdentifiers } from '@certward/pki';

/** What has to be known of a lineage. */
export interface LineageView {
  readonly name: string;
  readonly identifiers: readonly Identifier[];
}

/** What was found. */
export type LineageMatch<L extends LineageView> =
  | { readonly kind: 'identical'; readonly lineage: L }
  /** All of its names are requested, and others. */
  | { readonly kind: 'subset'; readonly lineage: L }
  | { readonly kind: 'none' };

/**
 * The lineage with exactly the requested names, else the one with most names of which all are requested.
 * Supersets and partial overlaps do not count: replacing those would take names away from somebody.
 */
export function matchLineage<L extends LineageView>(requested: readonly Identifier[], lineages: readonly L[]): LineageMatch<L> {
  const identical = lineages.find(({ identifiers }) => sameIdentifiers(identifiers, requested));
  if (identical !== undefined) return { kind: 'identical', lineage: identical };
  const wanted = new Set(requested.map(identifierKey));
  let best: L | undefined;
  for (const lineage of lineages) {
    const isSubset = lineage.identifiers.length > 0 && lineage.identifiers.every((one) => wanted.has(identifierKey(one)));
    if (isSubset && lineage.identifiers.length > (best?.identifiers.length ?? 0)) best = lineage;
  }
  return best === undefined ? { kind: 'none' } : { kind: 'subset', lineage: best };
}
