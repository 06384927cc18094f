import { library } from '../../tsup.config.base.ts'

// Threads for the engine's compilers: as many as there are processors beside that of the machine.
const js = '#!/usr/bin/env -S node --v8-pool-size=0'

export default library({ entry: ['src/cli.ts'], platform: 'node', banner: { js } })
