// Names the program that holds a TCP port, from /proc. Loaded only once a port was refused; best effort, never an error.
import { readdir, readFile, readlink } from 'node:fs/promises';

/** State column of /proc/net/tcp for a listening socket. */
const listeningState = '0A';

/** The listener on local `port` as `nginx (process 812)`; `undefined` where the system does not tell. */
export async function findPortOwner(port: number): Promise<string | undefined> {
  try {
    const inodes = new Set([...(await listeningInodes('/proc/net/tcp', port)), ...(await listeningInodes('/proc/net/tcp6', port))]);
    return inodes.size === 0 ? undefined : await processWith(inodes);
  } catch {
    return undefined;
  }
}

async function listeningInodes(table: string, port: number): Promise<string[]> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile(table, 'latin1').catch(() => '')).split('\n').slice(1);
  return lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const listening = columns[3] === listeningState && columns[1]?.endsWith(`:${wanted}`) === true;
    return listening && columns[9] !== undefined ? [columns[9]] : [];
  });
}

async function processWith(inodes: ReadonlySet<string>): Promise<string | undefined> {
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (!(await holdsOneOf(pid, links))) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    return name === '' ? `process ${pid}` : `${name} (process ${pid})`;
  }
  return undefined;
}

async function holdsOneOf(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (links.has(target)) return true;
  }
  return false;
}
