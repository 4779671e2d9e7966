// The reference page of ACME problems: what each error type of a CA means and what happens then.
import { reactions } from '@certward/acme';
import { code, generatedNotice, table } from './markdown.mjs';

/** What the client does by itself, in words. */
const actions = {
  repeatWithItsNonce: "repeats at once with the error's nonce",
  repeatAfterPause: 'repeats after a pause, a few times',
  repeatAfterRetryAfter: 'waits as long as the CA asks, or says when to come back',
  rereadOrder: 'reads the order again',
  orderWithoutReplaces: 'orders once more without `replaces`',
  refreshDirectory: 'reads the directory again',
  treatAsSuccess: 'counts as success',
  report: 'stops and reports it',
};

/** @returns {Promise<string>} */
export async function problemsPage() {
  const rows = Object.entries(reactions).map(([type, reaction]) => [
    code(type),
    reaction.class,
    actions[reaction.action],
    reaction.hint ?? '',
  ]);
  return [
    generatedNotice,
    '# ACME problems',
    'The error types that certificate authorities send (`urn:ietf:params:acme:error:` is left out), what kind of trouble each is, what Certward does by itself, and what you can do.',
    table(['type', 'kind', 'Certward', 'you'], rows),
    '',
  ].join('\n\n');
}
