// The live meeting: notes save themselves, the clock runs, the page follows what others do. Everything on it works
// without this file too. What is typed stays in the page until the server has it; nothing is kept in the browser.

const PAUSE_MS = 900 // after the last key before it is sent
const LONGEST_MS = 5000 // somebody who never pauses is saved all the same
const POLL_MS = 4000
const RETRY_MS = [1000, 2000, 4000, 8000]
const ASKED_MS = 8000 // a question that nobody answers counts as a lost connection

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms) })
const clock = () => new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })

class SignedOut extends Error {}

// Ask the server for JSON. Following a meeting is no work, and keeps no session alive.
async function ask(url, { body, quiet = false } = {}) {
  const headers = { Accept: 'application/json', ...(quiet && { 'X-Casework-Quiet': 'yes' }) }
  const answer = await fetch(url, {
    method: body ? 'POST' : 'GET', body, headers, credentials: 'same-origin', redirect: 'manual', cache: 'no-store',
    signal: AbortSignal.timeout(ASKED_MS),
  })
  if (answer.status === 401 || answer.status === 400) throw new SignedOut()
  if (!answer.ok) throw new Error(String(answer.status))
  if (body) document.dispatchEvent(new Event('casework:request'))
  return answer.json()
}

// -- what is said of saving -------------------------------------------------------------------------------

const status = document.querySelector('[data-live-status]')

function say(words, kind = '') {
  if (!status || status.textContent === words) return
  status.textContent = words
  status.dataset.kind = kind
}

function sayTrouble(error) {
  say(error instanceof SignedOut
    ? 'You have been signed out. Sign in again in another tab: what you typed stays here, and is saved then.'
    : 'Not saved: trying again', 'trouble')
}

// -- notes ------------------------------------------------------------------------------------------------

class Note {
  constructor(box, form) {
    this.box = box
    this.form = form
    this.version = form.elements[`version-${box.name}`]
    this.held = box.value // what the server has, as far as this page knows
    this.clash = box.parentElement.querySelector('[data-clash]')
    this.by = box.parentElement.querySelector('[data-note-by]')
    this.saving = null
    box.addEventListener('input', () => this.typed())
    this.clash.querySelector('[data-clash-join]').addEventListener('click', () => this.settle(true))
    this.clash.querySelector('[data-clash-mine]').addEventListener('click', () => this.settle(false))
  }

  get isDirty() { return this.box.value !== this.held }
  get clashes() { return !this.clash.hidden }

  typed() {
    clearTimeout(this.timer)
    this.since ??= Date.now()
    this.timer = setTimeout(() => this.save(), Math.min(PAUSE_MS, Math.max(0, this.since + LONGEST_MS - Date.now())))
  }

  // Send until the server has it. Whoever waits for it waits until nothing is left to send.
  save() {
    this.saving ??= this.send().finally(() => { this.saving = null })
    return this.saving
  }

  async send() {
    let tries = 0
    while (this.isDirty && !this.clashes) {
      this.since = undefined
      const text = this.box.value
      try {
        say('Saving')
        this.take(text, await ask(this.box.dataset.note, { body: this.body(text) }))
        tries = 0
      } catch (error) {
        sayTrouble(error)
        await wait(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)])
        tries += 1
        await renewToken().catch(() => {})
      }
    }
    tellForm(this.form)
  }

  body(text) {
    const token = document.querySelector('input[name=csrf_token]').value
    return new URLSearchParams({ csrf_token: token, version: this.version.value, text })
  }

  take(text, answer) {
    if (answer.saved) {
      this.held = text
      this.version.value = answer.version
      if (this.by) this.by.textContent = ''
      say(`Saved ${clock()}`, 'saved')
    } else {
      this.showClash(answer)
    }
  }

  showClash(answer) {
    this.theirs = answer
    this.clash.querySelector('[data-clash-words]').textContent = answer.words
    this.clash.querySelector('[data-clash-theirs]').textContent = answer.text
    this.clash.hidden = false
    say('Two texts: join them to save', 'trouble')
  }

  // The chair or the minute-taker joins the two texts by hand, from both together or from their own alone.
  settle(together) {
    if (together && this.theirs.text) this.box.value = `${this.theirs.text}\n\n${this.box.value}`
    this.version.value = this.theirs.version
    this.held = this.theirs.text
    this.clash.hidden = true
    this.box.focus()
    tellForm(this.form)
    this.save()
  }

  // Another has written here, and nothing of one's own is lost by showing it.
  show(part) {
    if (part.version <= Number(this.version.value) || this.isDirty || this.clashes) return
    const at = [this.box.selectionStart, this.box.selectionEnd]
    this.box.value = part.text
    this.held = this.box.value
    this.version.value = part.version
    if (document.activeElement === this.box) this.box.setSelectionRange(...at)
    if (this.by) this.by.textContent = `Just written by ${part.by}`
  }
}

let notes = []

function tellForm(form) {
  if (notes.some((note) => note.isDirty)) form.dataset.changed = 'yes'
  else delete form.dataset.changed
}

function watchNotes() {
  for (const form of document.querySelectorAll('form[data-live-notes]')) {
    notes = [...form.querySelectorAll('[data-note]')].map((box) => new Note(box, form))
    for (const note of notes) form.addEventListener('input', () => tellForm(note.form))
  }
}

// -- sending forms: first the notes, and never into a server that is not there -------------------------------

let nowUrl = ''

async function renewToken() {
  if (!nowUrl) return
  const now = await ask(nowUrl, { quiet: true })
  for (const input of document.querySelectorAll('input[name=csrf_token]')) input.value = now.csrf
}

async function reach() {
  for (let tries = 0; ; tries += 1) {
    try {
      return await renewToken()
    } catch (error) {
      sayTrouble(error)
      await wait(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)])
    }
  }
}

function guardSending() {
  for (const form of document.querySelectorAll('form[data-live-form]')) {
    form.addEventListener('submit', async (event) => {
      if (form.dataset.ready) return
      event.preventDefault()
      form.dataset.changed = 'yes'
      if (form.dataset.sending) return
      form.dataset.sending = 'yes'
      const saved = Promise.all(notes.map((note) => note.save()))
      await saved
      await reach()
      await wait(0) // a form is not sent anew while the browser still tells of its first sending
      delete form.dataset.sending
      if (notes.some((note) => note.clashes)) return
      form.dataset.ready = 'yes'
      delete form.dataset.changed
      form.requestSubmit(event.submitter)
    })
  }
}

// -- the clock --------------------------------------------------------------------------------------------

const minutes = (count) => `${count} minute${count === 1 ? '' : 's'}`

function wordsLeft(planned, used) {
  if (used <= planned) return `${minutes(Math.ceil((planned - used) / 60))} left`
  const over = Math.floor((used - planned) / 60)
  return over ? `${minutes(over)} over` : 'Time is up'
}

class Timer {
  constructor(element) {
    this.element = element
    this.left = element.querySelector('[data-left]')
    this.used = element.querySelector('[data-used-words]')
    this.planned = Number(element.dataset.planned)
    this.set(Number(element.dataset.used), 'running' in element.dataset)
    setInterval(() => this.draw(), 1000)
  }

  // The server counts; the page goes on from what it said, whatever clock this computer has.
  set(used, running) {
    this.base = used
    this.from = performance.now()
    this.running = running
    this.draw()
  }

  draw() {
    if (!this.left) return
    const used = this.base + (this.running ? Math.floor((performance.now() - this.from) / 1000) : 0)
    const words = wordsLeft(this.planned, used)
    if (this.left.textContent !== words) this.left.textContent = words
    if (this.used) this.used.textContent = minutes(Math.floor(used / 60))
    this.left.classList.toggle('app-live-bar__left--over', used > this.planned)
    this.left.classList.toggle('app-live-bar__left--soon', used <= this.planned && this.planned - used <= 120)
    this.tell(used)
  }

  // Said aloud twice, so that nobody has to look: two minutes before the end, and at the end.
  tell(used) {
    const left = this.planned - used
    const due = left < 0 ? 'Time is up' : left <= 120 ? '2 minutes left' : ''
    const said = document.querySelector('[data-clock-said]')
    if (said && this.running && this.told !== due) {
      if (this.told !== undefined || due === '') said.textContent = due
      this.told = due
    }
  }
}

// -- following what others do --------------------------------------------------------------------------------

async function followItem() {
  const bar = document.querySelector('[data-live-item]')
  if (!bar) return
  nowUrl = bar.dataset.liveItem
  const clockElement = document.querySelector('[data-clock]')
  const timer = clockElement && new Timer(clockElement)
  for (;;) {
    await wait(POLL_MS)
    try {
      const now = await ask(nowUrl, { quiet: true })
      for (const input of document.querySelectorAll('input[name=csrf_token]')) input.value = now.csrf
      if (timer) timer.set(now.used, now.running)
      if (now.stamp !== bar.dataset.stamp) document.querySelector('[data-live-changed]').hidden = false
      if (notes.some((note) => now.parts[note.box.name] > Number(note.version.value) && !note.isDirty)) {
        const parts = await ask(bar.dataset.notesUrl, { quiet: true })
        for (const note of notes) note.show(parts[note.box.name])
      }
      if (status?.dataset.kind === 'lost') say('Connected again', 'saved')
    } catch (error) {
      if (notes.some((note) => note.isDirty)) continue // its own trying again says so
      say(error instanceof SignedOut ? 'You have been signed out.' : 'No connection: trying again', 'lost')
    }
  }
}

async function followMeeting() {
  const here = document.querySelector('[data-follow]')
  if (!here) return
  for (;;) {
    await wait(POLL_MS)
    try {
      const { stamp } = await ask(here.dataset.follow, { quiet: true })
      if (stamp === here.dataset.stamp) continue
      if (document.querySelector('form[data-changed], details[open]')) {
        document.querySelector('[data-follow-changed]').hidden = false
      } else {
        location.replace(location.pathname)
        return
      }
    } catch {
      // The next question is asked as if this one had not been.
    }
  }
}

// Ready for the next action. Not before the page has loaded: going to its place in the address takes the focus away.
function focusFirst() {
  const first = document.querySelector('form[data-focus-first] input[type=text]')
  if (first) window.addEventListener('load', () => setTimeout(() => first.focus({ preventScroll: true })))
}

// What is wrong is read first, whatever place in the page the address names.
function showProblem() {
  const problem = document.querySelector('.govuk-error-summary, .govuk-notification-banner[role=alert]')
  if (problem) window.addEventListener('load', () => setTimeout(() => { problem.tabIndex = -1; problem.focus() }))
}

watchNotes()
guardSending()
followItem()
followMeeting()
focusFirst()
showProblem()
