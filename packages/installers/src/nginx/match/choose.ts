// Which server blocks a name concerns.
import { baseName } from '@certward/pki';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';
import { isBetterMatch, type NameMatch, matchNames } from './server-name.ts';

/** A block and how well its names fit. */
export interface RankedVhost {
  readonly vhost: Vhost;
  readonly match: NameMatch;
}

/** The best block among `vhosts`; the first of equals, as nginx has it. */
export function bestOf(vhosts: readonly Vhost[], host: string): RankedVhost | undefined {
  let best: RankedVhost | undefined;
  for (const vhost of vhosts) {
    const match = matchNames(vhost.names, host);
    if (match !== undefined && isBetterMatch(match, best?.match)) best = { vhost, match };
  }
  return best;
}

/**
 * The blocks that a certificate for `name` goes to: the best match, any encrypted one before any plain one; then the
 * encrypted blocks on other addresses that have this very name, because nginx chooses among the blocks of an address.
 */
export function chooseForDeploy(configuration: Configuration, name: string): readonly Vhost[] {
  if (name.startsWith('*.')) return chooseForWildcard(configuration.vhosts, name, (vhost) => configuration.hasSsl(vhost));
  const candidates = configuration.candidates(name);
  const secure = candidates.filter((vhost) => configuration.hasSsl(vhost));
  const best = bestOf(secure, name) ?? bestOf(candidates, name);
  if (best === undefined) return [];
  const taken = new Set(best.vhost.addresses.map((address) => address.key));
  const others = secure.filter((vhost) => {
    const isOther = vhost !== best.vhost && matchNames(vhost.names, name)?.rank === 0;
    const fresh = vhost.addresses.filter((address) => configuration.isSsl(vhost, address) && !taken.has(address.key));
    if (!isOther || fresh.length === 0) return false;
    for (const address of fresh) taken.add(address.key);
    return true;
  });
  return [best.vhost, ...others];
}

/** The blocks that serve names below a wildcard; of two blocks with one name, the one that is preferred. */
export function chooseForWildcard(vhosts: readonly Vhost[], wildcard: string, isPreferred: (vhost: Vhost) => boolean): readonly Vhost[] {
  const byName = new Map<string, Vhost>();
  for (const vhost of vhosts) {
    for (const name of vhost.names.filter((one) => isCovered(one.toLowerCase(), wildcard))) {
      const known = byName.get(name);
      if (known === undefined || (!isPreferred(known) && isPreferred(vhost))) byName.set(name, vhost);
    }
  }
  return [...new Set(byName.values())];
}

/** Whether a certificate for the wildcard serves a name: the wildcard itself, or one more label (RFC 6125 §6.4.3). */
function isCovered(name: string, wildcard: string): boolean {
  const base = baseName({ type: 'dns', value: wildcard });
  if (name === wildcard || name === `.${base}`) return true;
  return name.endsWith(`.${base}`) && !name.slice(0, -base.length - 1).includes('.') && !name.startsWith('*');
}

/** Every block whose names fit. */
export function allMatching(vhosts: readonly Vhost[], host: string): readonly Vhost[] {
  return vhosts.filter((vhost) => matchNames(vhost.names, host) !== undefined);
}

/**
 * The block that nginx lets answer a request: the best name among the blocks of the address, else the address's default.
 * `key` is that of an {@link Address}.
 */
export function answeringVhost(vhosts: readonly Vhost[], key: string, host: string): Vhost | undefined {
  const listening = vhosts.filter((vhost) => vhost.addresses.some((address) => address.key === key));
  const best = bestOf(listening, host.toLowerCase());
  if (best !== undefined) return best.vhost;
  return listening.find((vhost) => vhost.addresses.some((address) => address.key === key && address.isDefault)) ?? listening[0];
}
