// Tasks by who answers them, in the order of their first appearance.
import type { Authenticator } from '../ports.ts';

/** Groups by identity: two authenticators of one name may have different credentials. */
export function byAuthenticator<Task extends { readonly authenticator: Authenticator }>(
  tasks: readonly Task[],
): ReadonlyMap<Authenticator, readonly Task[]> {
  const groups = new Map<Authenticator, Task[]>();
  for (const task of tasks) groups.set(task.authenticator, [...(groups.get(task.authenticator) ?? []), task]);
  return groups;
}
