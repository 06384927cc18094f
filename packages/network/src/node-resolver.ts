import { promises as dns } from 'node:dns'
import type { Resolver } from './dns-server.ts'

/** Codes that say that a name does not exist. */
const NO_SUCH_NAME = ['ENOTFOUND', 'ENODATA']

/** Names as the host knows them, its hosts file included. */
export const nodeResolver = (): Resolver => async (name) => {
  try {
    return (await dns.lookup(name, { family: 4, all: true })).map(({ address }) => address)
  } catch (error) {
    if (NO_SUCH_NAME.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
