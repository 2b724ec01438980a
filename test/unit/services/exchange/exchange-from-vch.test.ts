import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, expect, it} from '@jest/globals'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {
  exchangeWorld,
  exposeIn,
  makeFastDirectory,
  serverNow,
  type ExchangeWorld,
} from '../../../helpers/exchange-world.js'
import {withoutRoute} from '../../../helpers/no-route.js'
import {SHARE_STATES} from '../../../helpers/share-states.js'

let directory: string
let world: ExchangeWorld

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

/** From here on only containers of the VCH could see a share. */
function goAway(how: Partial<ExchangeWorld['adapters']['consumer']>): void {
  const {nfs, consumer} = world.adapters
  Object.assign(nfs, withoutRoute(nfs))
  Object.assign(consumer, how)
}

const missing = () => Promise.reject(new VicnfsError('VN-VCH-IMAGE-MISSING', 'No registry has it.'))

it('a parked server stays where the VCH that has to look at the real one cannot be made ready for that', async () => {
  await SHARE_STATES['parked']?.(world)
  const before = serverNow(world)
  goAway({hasImage: () => Promise.resolve(false), pullImage: missing})
  await expect(exposeIn(world, {fromVch: {image: 'image:1'}})).rejects.toMatchObject({code: 'VN-VCH-IMAGE-MISSING'})
  expect(serverNow(world)).toEqual(before)
})

it('a server is looked at from a VCH that has no image of it', async () => {
  await SHARE_STATES['served']?.(world)
  const images: string[] = []
  goAway({
    createContainer({image}) {
      images.push(image)
      return missing()
    },
  })
  const wish = {recreate: {deleteVolume: false}, parts: {image: 'image:2'}, fromVch: {image: 'image:2'}}
  await expect(exposeIn(world, wish)).rejects.toMatchObject({code: 'VN-VCH-IMAGE-MISSING'})
  expect(images).toEqual(['image:2'])
})
