// Says that the session is about to end, and lets it go on. The server decides; this only warns.

const WARN_MS = 2 * 60 * 1000
const LAST_ASKED = 'casework-last-request'

// Another tab may have kept the session alive, so the time of the last request is shared between tabs.
function noteRequest() {
  try {
    localStorage.setItem(LAST_ASKED, String(Date.now()))
  } catch {
    // Storage may be forbidden; then each tab counts alone.
  }
}

function lastRequest(opened) {
  try {
    return Math.max(opened, Number(localStorage.getItem(LAST_ASKED)) || 0)
  } catch {
    return opened
  }
}

function wordsFor(ms) {
  const minutes = Math.ceil(ms / 60000)
  return minutes <= 1 ? 'in less than a minute' : `in ${minutes} minutes`
}

// Nothing of a record stays on an unattended screen, but what somebody typed and nobody kept does. The server is
// not asked: a question would count as work and keep a session alive that another tab has just let go.
function sayEnded(dialog) {
  const typed = document.querySelector('form[data-changed]')
  if (!typed) document.querySelector('main').replaceChildren()
  dialog.querySelector('h2').textContent = 'You have been signed out'
  dialog.querySelector('p').textContent = typed
    ? 'What you typed is still on this page. Copy what you need, then sign in again.'
    : 'You were away for a while. Sign in to come back to this page.'
  dialog.querySelector('[data-session-stay]').hidden = !typed
  dialog.querySelector('[data-session-stay]').textContent = 'Go back to what I typed'
  dialog.querySelector('[data-session-sign-in]').hidden = false
  if (!dialog.open) dialog.showModal()
}

export function watchSession() {
  const minutes = Number(document.body.dataset.idleMinutes)
  const dialog = document.querySelector('[data-session-dialog]')
  if (!minutes || !dialog || !dialog.showModal) return

  let opened = Date.now()
  noteRequest()
  document.addEventListener('casework:request', () => { opened = Date.now(); noteRequest() })

  const left = () => lastRequest(opened) + minutes * 60000 - Date.now()

  dialog.addEventListener('cancel', (event) => { if (left() <= 0) event.preventDefault() })
  dialog.querySelector('[data-session-stay]').addEventListener('click', async () => {
    if (left() <= 0) return dialog.close()
    try {
      const answer = await fetch(document.body.dataset.stayUrl, { credentials: 'same-origin', redirect: 'manual' })
      if (answer.ok) document.dispatchEvent(new Event('casework:request'))
    } catch {
      // Without a connection nothing can be kept alive; the warning comes again.
    }
    dialog.close()
  })

  const timer = setInterval(() => {
    const ms = left()
    if (ms <= 0) {
      clearInterval(timer)
      sayEnded(dialog)
    } else if (ms <= WARN_MS) {
      dialog.querySelector('[data-session-left]').textContent = wordsFor(ms)
      if (!dialog.open) dialog.showModal()
    } else if (dialog.open) {
      dialog.close()
    }
  }, 5000)
}
