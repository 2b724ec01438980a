// jest's globalSetup of the long tests: that of all tests, then what the chosen files need.
import begin from '../reached-codes/begin.js'
import {chosenFiles} from './chosen-files.js'
import {prepare} from './prepare.js'

export default async function setUp() {
  await begin()
  await prepare(chosenFiles())
}
