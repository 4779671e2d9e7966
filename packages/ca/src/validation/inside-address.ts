// Addresses that mean this machine or its link, whoever says so: no validation has any business there on somebody's word.
import { BlockList, isIP } from 'node:net';

/** "This network", loopback, link-local (where clouds keep their metadata), multicast and broadcast. */
const ranges = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4', '::/127', 'fe80::/10', 'ff00::/8'] as const;

let list: BlockList | undefined;

/** True for addresses of this machine or its link, also where IPv4 is written as IPv6. Private networks are not among them. */
export function isInside(address: string): boolean {
  list ??= createList();
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function createList(): BlockList {
  const created = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    created.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return created;
}
