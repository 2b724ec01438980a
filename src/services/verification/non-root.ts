import type {Work} from '../../engine/work.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {ProofWish} from './prove-store.js'
import {runToEnd} from './proof-container.js'

const NON_ROOT = '1000:1000'
const SCRIPT = 'printf "%s\\n" "$VICNFS_TEXT" > from-non-root'

/** Whether a container that runs as uid 1000 can write to a new volume of the store. */
export async function proveAsNonRoot(
  api: VchApi,
  options: {
    readonly wish: ProofWish
    readonly volume: string
    readonly mountPoint: string
    readonly leftovers: {containers: string[]}
    readonly timeoutMs: number
    readonly work: Work
  },
): Promise<'can write' | 'cannot write'> {
  const {wish, volume, mountPoint, leftovers, timeoutMs, work} = options
  return work.step('proof-non-root', 'Try the same as a container that does not run as root', async (step) => {
    const container = {
      name: `${volume}-n`,
      image: wish.image,
      script: SCRIPT,
      text: 'written as uid 1000',
      volume,
      mountPoint,
      user: NON_ROOT,
      ...(wish.network === undefined ? {} : {network: wish.network}),
    }
    const {exitCode} = await runToEnd(api, container, {step, leftovers, timeoutMs})
    const finding = exitCode === 0 ? ('can write' as const) : ('cannot write' as const)
    step.note(`uid 1000 ${finding}`)
    return finding
  })
}
