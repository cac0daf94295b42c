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

export function watchSession() {
  const minutes = Number(document.body.dataset.idleMinutes)
  const dialog = document.querySelector('[data-session-dialog]')
  if (!minutes || !dialog || !dialog.showModal) return

  let opened = Date.now()
  noteRequest()
  document.addEventListener('casework:request', () => { opened = Date.now(); noteRequest() })

  const left = () => lastRequest(opened) + minutes * 60000 - Date.now()

  dialog.querySelector('[data-session-stay]').addEventListener('click', async () => {
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
      if (!document.querySelector('form[data-changed]')) {
        location.assign(document.body.dataset.stayUrl) // leaves nothing of a record on an unattended screen
        return
      }
      dialog.querySelector('h2').textContent = 'You have been signed out'
      dialog.querySelector('p').textContent = 'Copy anything you need from this page, then sign in again.'
      dialog.querySelector('[data-session-stay]').textContent = 'Close'
      if (!dialog.open) dialog.showModal()
    } else if (ms <= WARN_MS) {
      dialog.querySelector('[data-session-left]').textContent = wordsFor(ms)
      if (!dialog.open) dialog.showModal()
    } else if (dialog.open) {
      dialog.close()
    }
  }, 5000)
}
