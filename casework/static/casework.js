// Comfort only: every page works without this file.
import { initAll as startDesignSystem } from './vendor/govuk-frontend.min.js'
import { initAll as startCaseworkComponents } from './vendor/moj-frontend.min.js'
import { watchSession } from './session.js'
import { saveDrafts } from './drafts.js'
import { foldOnPhone, guardForms, showDependents } from './questions.js'

const comforts = [
  showDependents, foldOnPhone, guardForms, startDesignSystem, startCaseworkComponents, saveDrafts, watchSession,
]

for (const start of comforts) {
  try {
    start()
  } catch (error) {
    console.error(error) // one broken comfort must not take the others with it
  }
}
