// The same as 01, with the resource objects: every step in your hands, every URL can be stored and opened again later.
import { type Account, AuthorizationError, createWake } from '@certward/acme';
import { createCsr, generatePrivateKey, parseIdentifier } from '@certward/pki';

/** Puts a TXT record in place and waits until every name server has it. Yours to write. */
type PublishTxt = (recordName: string, value: string) => Promise<() => Promise<void>>;

/** Obtains a wildcard certificate by dns-01. `signal` ends everything but the cleaning up. */
export async function obtainWildcard(account: Account, publishTxt: PublishTxt, signal: AbortSignal): Promise<string> {
  const identifiers = [parseIdentifier('example.com'), parseIdentifier('*.example.com')];
  const order = await account.createOrder({ identifiers, preferredProfile: 'tlsserver', signal });
  // Store order.url here: after a crash, account.openOrder(url) goes on where this run ended.

  const removals: (() => Promise<void>)[] = [];
  try {
    const pending = (await order.authorizations({ signal })).filter(({ state }) => state.status === 'pending');
    // Everything in place before anything is answered: both names share one record name, with a value each.
    for (const authorization of pending) {
      const challenge = authorization.challenge('dns-01');
      if (challenge === undefined) throw new Error(`no dns-01 for ${authorization.state.identifier.value}`);
      removals.push(await publishTxt(challenge.recordName, challenge.validation));
    }
    for (const authorization of pending) await authorization.challenge('dns-01')?.respond({ signal });

    // The order is what to poll, not each authorization. Whoever sees the CA's queries arrive calls wake.wake().
    const wake = createWake();
    await order.pollUntilReady({ wake, timeoutMs: 120_000, signal });
  } catch (error) {
    if (error instanceof AuthorizationError) {
      for (const { identifier, problem } of error.failures) process.stderr.write(`${identifier.value}: ${problem?.detail ?? 'no reason given'}\n`);
    }
    throw error;
  } finally {
    await Promise.allSettled(removals.map((remove) => remove()));
  }

  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  await order.finalize(createCsr({ key, identifiers }).der, { signal });
  await order.pollUntilValid({ signal });
  const { pem } = await order.downloadCertificate({ key, preferredChain: 'ISRG Root X1', signal });
  return pem;
}
