#!/usr/bin/env node
/** The command `pnpm worldswitch …`: brings install and build up to date, then runs the bench app. */
process.argv.splice(2, 0, 'worldswitch')
await import('./workspace.mjs')
