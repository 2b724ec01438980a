import type {Work} from '../../engine/work.js'
import type {VchApi} from '../../vch/vch-api.js'
import {ensureImage} from '../share/ensure-server.js'

/** Makes sure that the VCH that is to prove a store has the image of its two containers. @throws VN-VCH-… */
export async function ensureProofImage(api: VchApi, image: string, work: Work): Promise<void> {
  const title = `Make sure that the image ${image} is on the VCH that uses the store`
  await work.step('proof-image', title, (step) => ensureImage(api, image, step))
}
