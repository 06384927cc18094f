/** `pnpm build:guest`: cross-compiles the kernel and the user programs, makes the disk and writes images/ and src/generated/. */
import { resolve } from 'node:path'
import { buildGuest } from './build-guest.mjs'

const root = resolve(import.meta.dirname, '..')
const target = resolve(process.argv[2] ?? root)
buildGuest({ root, target, log: console.log })
