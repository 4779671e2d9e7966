// What certonly and run do with a request: make a new lineage, renew or replace an existing one, or keep it.
// Questions and their unattended answers as Certbot's.
import { type Identifier, identifierKey, sameIdentifiers } from '@certward/pki';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { type LineageView, matchLineage } from './match.ts';

/** What is to be done. */
export type LineageChoice<L> =
  | { readonly kind: 'create'; readonly name: string | undefined; readonly identifiers: readonly Identifier[] }
  | { readonly kind: 'renew'; readonly lineage: L; readonly identifiers: readonly Identifier[] }
  | { readonly kind: 'keep'; readonly lineage: L };

/** Where lineages come from; the whole list is read only when it is needed. */
export interface LineageAccess<L> {
  find(name: string): L | undefined;
  all(): readonly L[];
  isDue(lineage: L): Promise<boolean>;
  /** The path that questions refer to. */
  confPath(lineage: L): string;
}

/** The request. `identifiers` is empty when no name was typed. */
export interface LineageRequest<L> {
  readonly settings: Settings;
  readonly identifiers: readonly Identifier[];
  readonly lineages: LineageAccess<L>;
}

/**
 * Chooses. Throws `answerMissing` when a name or an unattended answer is missing, `cancelled` when a person says no.
 */
export async function chooseLineage<L extends LineageView>(request: LineageRequest<L>, context: Context): Promise<LineageChoice<L>> {
  const { settings, identifiers, lineages } = request;
  const { certName, duplicate } = settings.values;
  if (certName !== undefined) return await chooseByName(certName, request, context);
  if (identifiers.length === 0) throw namesMissing();
  if (duplicate) return { kind: 'create', name: undefined, identifiers };
  const match = matchLineage(identifiers, lineages.all());
  switch (match.kind) {
    case 'identical':
      return await chooseForIdentical(match.lineage, request, context);
    case 'subset':
      await agreeToExpand(match.lineage, request, context);
      return { kind: 'renew', lineage: match.lineage, identifiers };
    case 'none':
    default:
      return { kind: 'create', name: undefined, identifiers };
  }
}

function namesMissing(): Error {
  return cliError('answerMissing', 'Missing command line flag or config entry for this setting:\nPlease enter the domain name(s) you would like on your certificate (comma and/or space separated)', {
    hint: 'name them with -d, or an existing certificate with --cert-name',
  });
}

async function chooseByName<L extends LineageView>(certName: string, request: LineageRequest<L>, context: Context): Promise<LineageChoice<L>> {
  const { settings, identifiers, lineages } = request;
  const lineage = lineages.find(certName);
  if (lineage === undefined) {
    if (identifiers.length > 0) return { kind: 'create', name: certName, identifiers };
    throw cliError('certificateMissing', `No certificate with name ${certName} found. Use -d to specify domains, or run certbot certificates to see possible certificate names.`);
  }
  if (identifiers.length === 0 || sameIdentifiers(identifiers, lineage.identifiers)) return await chooseForIdentical(lineage, request, context);
  if (!settings.values.renewWithNewDomains) await agreeToNewNames(lineage, identifiers, context);
  return { kind: 'renew', lineage, identifiers };
}

async function agreeToNewNames(lineage: LineageView, identifiers: readonly Identifier[], { questions, signal }: Context): Promise<void> {
  const names = (list: readonly Identifier[], without: readonly Identifier[]) => {
    const known = new Set(without.map(identifierKey));
    const left = list.filter((one) => !known.has(identifierKey(one)));
    return left.length === 0 ? '(None)' : left.map(({ value }) => `+ ${value}`).join('\n');
  };
  const question = `You are updating certificate ${lineage.name} to include new domain(s): \n${names(identifiers, lineage.identifiers)}\n\nYou are also removing previously included domain(s):\n${names(lineage.identifiers, identifiers).replaceAll('+ ', '- ')}\n\nDid you intend to make this change?`;
  if (await questions.yesNo(question, { yes: 'Update certificate', no: 'Cancel', unattended: true, signal })) return;
  throw cliError('cancelled', 'Specified mismatched certificate name and domains. Canceling.');
}

async function chooseForIdentical<L extends LineageView>(lineage: L, { settings, identifiers, lineages }: LineageRequest<L>, context: Context): Promise<LineageChoice<L>> {
  // The order in which names are typed counts: some CAs put the first one into the subject.
  const renew = { kind: 'renew', lineage, identifiers: identifiers.length > 0 ? identifiers : lineage.identifiers } as const;
  const { forceRenewal, keep, dryRun } = settings.values;
  if (forceRenewal || dryRun || (await lineages.isDue(lineage))) return renew;
  if (keep) return { kind: 'keep', lineage };
  const { questions, signal, arguments: { verb } } = context;
  const message = `You have an existing certificate that has exactly the same domains or certificate name you requested and isn't close to expiry.\n(ref: ${lineages.confPath(lineage)})\n\nWhat would you like to do?`;
  const keepText = verb === 'run' ? 'Attempt to reinstall this existing certificate' : 'Keep the existing certificate for now';
  const choices = [keepText, 'Renew & replace the certificate (may be subject to CA rate limits)'];
  const chosen = await questions.menu(message, { choices, unattended: 0, signal });
  return chosen === 1 ? renew : { kind: 'keep', lineage };
}

async function agreeToExpand<L extends LineageView>(lineage: L, { settings, identifiers, lineages }: LineageRequest<L>, context: Context): Promise<void> {
  const { expand, forceRenewal } = settings.values;
  if (expand || forceRenewal) return;
  const { questions, signal, program } = context;
  const has = lineage.identifiers.map(({ value }) => value).join(', ');
  const wanted = identifiers.map(({ value }) => value).join(', ');
  const question = `You have an existing certificate that contains a portion of the domains you requested (ref: ${lineages.confPath(lineage)})\n\nIt contains these names: ${has}\n\nYou requested these names for the new certificate: ${wanted}.\n\nDo you want to expand and replace this existing certificate with the new certificate?`;
  if (await questions.yesNo(question, { yes: 'Expand', no: 'Cancel', flag: '--expand', signal })) return;
  throw cliError('cancelled', `To obtain a new certificate that contains these names without replacing your existing certificate for ${has}, you must use the --duplicate option.`, {
    hint: `for example: ${program} certonly --duplicate -d ${wanted.replaceAll(', ', ',')}`,
  });
}
