/**
 * Entry of `npm start` and `npm test`: needs nothing but Node and npm.
 * Its syntax is old on purpose, so that an old Node prints the message below and not a SyntaxError.
 */
const version = process.versions.node.split('.').map(Number)

if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error(
    'worldswitch needs Node 20.19 or newer; this is Node ' +
      process.versions.node +
      '. Install a newer Node and run the command again.',
  )
  process.exit(1)
}

import('./commands.mjs').then((commands) => commands.main(process.argv.slice(2)))
